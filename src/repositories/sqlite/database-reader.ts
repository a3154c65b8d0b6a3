/** Reads a store by a profile: each part by itself, in one short transaction, and the history between readings. */
import type { SectionName } from "../../profiles/contract.ts";
import type { Profile } from "../../profiles/profile.ts";
import { telling } from "../detect.ts";
import {
  type Fit,
  failedSnapshot,
  type PartName,
  type SectionExamination,
  type Snapshot,
} from "../repository.ts";
import { ok, type Reading, SourceError } from "../source-failure.ts";
import type { BackedOff } from "../sql/backoff.ts";
import type { Cells } from "../sql/columns.ts";
import { examineSection } from "../sql/examine.ts";
import { History } from "../sql/history/history.ts";
import type { PartContext } from "../sql/part-context.ts";
import { withinRanges } from "../sql/ranges.ts";
import { bug, highestKeys, readPart, sourceEpochs } from "../sql/read-parts.ts";
import { derivedTable, Source, SQLITE } from "../sql/source.ts";
import { type Query, runSync, type Statement } from "../sql/statements.ts";
import type { Connection } from "./connection.ts";
import { DatabaseFile } from "./database-file.ts";
import { explainBy } from "./explain.ts";
import { toFailure } from "./failures.ts";
import { FileStore } from "./files/file-store.ts";
import type { StatementRunner } from "./statement-runner.ts";
import type { OpenStore, Store } from "./store.ts";

export interface ReaderOptions extends Pick<PartContext, "maxItems" | "terminalStages"> {
  /** The file, or the folder of a profile for files. */
  readonly databasePath: string;
  readonly profile: Profile;
  /** So long what was read of history is not verified again; default 10 s. */
  readonly verifyAgainMilliseconds?: number;
}

export interface ReaderAnswer {
  readonly snapshot: Snapshot;
  /** Stacks of what should never happen, for the log. */
  readonly unexpected: readonly string[];
  /** What no field can hold, since the process started. */
  readonly leftOut: readonly string[];
}

export interface FitsAnswer extends Pick<ReaderAnswer, "unexpected"> {
  readonly fits: Reading<readonly Fit[]>;
}

export interface SelectAnswer extends Pick<ReaderAnswer, "unexpected"> {
  readonly selected: Reading<readonly Cells[]>;
}

/** What a reading spends on each section of history: on a rollback journal it holds up a commit for as long. */
const REFRESH_MILLISECONDS = 5;

export class DatabaseReader {
  readonly #options: ReaderOptions;
  readonly #store: Store;
  readonly #runner: StatementRunner;
  readonly #source: Source;
  readonly #epochOf = sourceEpochs();
  /** The history of the file with this identity; it is kept while the file is closed. */
  #kept: { readonly identity: string; readonly history: History } | undefined;

  constructor(options: ReaderOptions, runner: StatementRunner) {
    const { profile, databasePath } = options;
    this.#options = options;
    this.#store =
      profile.dialect === "files"
        ? new FileStore(profile.tables, databasePath, runner)
        : new DatabaseFile(databasePath, runner);
    this.#runner = runner;
    this.#source = new Source(options.profile, SQLITE);
  }

  /** Never throws: what fails is in the snapshot. */
  read(parts: readonly PartName[], nowMs: number, backedOff: BackedOff = {}): ReaderAnswer {
    const unexpected: string[] = [];
    this.#source.noteResting(backedOff);
    const read = this.#attempt(unexpected, (opened) => {
      this.#source.noteResting({ ...this.#unread(), ...backedOff });
      return this.#readParts(opened, parts, nowMs, unexpected);
    });
    const snapshot = read.ok ? read.value : failedSnapshot(parts, read.failure);
    return { snapshot, unexpected, leftOut: read.ok ? [...this.#source.leftOut] : [] };
  }

  /** Runs and explains each SELECT of the profile; empty if the database cannot be read. */
  examine(nowMs: number, countsVisits = true, backedOff: BackedOff = {}): readonly SectionExamination[] {
    this.#source.noteResting(backedOff);
    try {
      const opened = this.#store.open();
      const { connection } = opened;
      const context = { source: this.#source, toFailure, nowMs };
      const examine = (section: SectionName) =>
        runSync(examineSection(section, context, explainBy(connection, countsVisits)), connection.query);
      // A transaction for each: on a rollback journal it holds up the writer.
      return this.#source.sections.map((section) => this.#inTransaction(opened, () => examine(section)));
    } catch {
      return [];
    }
  }

  /** How many SELECTs of each profile the database accepts. Never throws. */
  fits(profiles: readonly Profile[]): FitsAnswer {
    const unexpected: string[] = [];
    const fits = this.#attempt(unexpected, ({ connection }) =>
      profiles.map((profile) => fitOf(profile, connection)),
    );
    return { fits, unexpected };
  }

  /** The sections whose rows are not all there yet. */
  #unread(): BackedOff {
    const unread = this.#source.sections.map((section) => [
      section,
      this.#store.unread(this.#source.at(section).sql),
    ]);
    return Object.fromEntries(unread.filter(([, failure]) => failure !== undefined));
  }

  /** Runs one SELECT that is no profile's, such as on the schema. Never throws. */
  select(statement: Statement): SelectAnswer {
    const unexpected: string[] = [];
    const selected = this.#attempt(unexpected, ({ connection }) => connection.query(statement));
    return { selected, unexpected };
  }

  /** Whether sums are missing: the first pass over the history is not through. */
  get isIncomplete(): boolean {
    const { opened, isIncomplete } = this.#store;
    return opened !== undefined && (isIncomplete || this.#kept?.history.isComplete === false);
  }

  /** Reads one more piece of the open database's history; returns false if there is nothing left to read. */
  stepHistory(nowMs: number): boolean {
    const [{ opened }, kept] = [this.#store, this.#kept];
    if (!opened || !kept || (opened.isFixed && kept.history.isComplete)) return false;
    try {
      if (this.#store.step()) return true;
      return this.#inTransaction(opened, () => runSync(kept.history.step(nowMs), opened.connection.query));
    } catch {
      // The writer's lock, for example, or a file that is gone: the next reading reports what it is.
      return false;
    }
  }

  /** Closes the file, so that the orchestrator's own last connection can checkpoint. */
  release(): void {
    this.#store.close();
  }

  /** Opens what there is, and does the work in one transaction. `unexpected` gets the stack of a bug. */
  #attempt<T>(unexpected: string[], work: (opened: OpenStore) => T): Reading<T> {
    try {
      const opened = this.#store.open();
      const value = this.#inTransaction(opened, () => work(opened));
      opened.confirm();
      return ok(value);
    } catch (error) {
      // A writer's lock passes; anything else may be another file by now.
      if (!isBusy(error)) this.#store.close();
      return { ok: false, failure: toFailure(error) ?? bug(error, unexpected) };
    }
  }

  #readParts(opened: OpenStore, parts: readonly PartName[], nowMs: number, unexpected: string[]): Snapshot {
    const { maxItems, terminalStages } = this.#options;
    const query: Query = (statement) =>
      withinRanges(statement.section, opened.connection.query(statement), this.#source);
    const history = this.#historyOf(opened.identity);
    const source = this.#source;
    const context: PartContext = { source, history, nowMs, maxItems, terminalStages, toFailure };
    const highest = runSync(highestKeys(context), query);
    const readings = parts.map(
      (name) => [name, runSync(readPart(name, context, unexpected), query)] as const,
    );
    return {
      sourceEpoch: this.#epochOf(opened.identity, highest),
      parts: Object.fromEntries(readings),
    };
  }

  /** One short transaction, with the profile checked against the database as it is. */
  #inTransaction<T>(opened: OpenStore, work: () => T): T {
    const { connection } = opened;
    return this.#runner.transaction(opened.holdsLock, () => {
      connection.exec("BEGIN");
      try {
        this.#noteChanges(opened);
        return work();
      } finally {
        // SQLite ends the transaction itself after some errors.
        try {
          connection.exec("COMMIT");
        } catch {}
      }
    });
  }

  #noteChanges(opened: OpenStore): void {
    const { connection } = opened;
    // Within the transaction both are the versions of what it reads.
    const schema = connection.pragma("schema_version");
    const history = this.#historyOf(opened.identity);
    if (schema !== opened.checkedSchema) {
      const { timezone } = this.#options.profile;
      if (timezone !== "UTC") refuseMissingZone(connection.query, timezone);
      if (opened.checkedSchema !== undefined) history.forgetAll();
      connection.checkProfile(this.#source);
      opened.checkedSchema = schema;
    }
    const version = opened.version();
    if (version !== opened.readVersion) history.noteChange();
    opened.readVersion = version;
  }

  #historyOf(identity: string): History {
    if (this.#kept?.identity !== identity) {
      const history = new History({
        source: this.#source,
        toFailure,
        refreshMilliseconds: REFRESH_MILLISECONDS,
        verifyAgainMilliseconds: this.#options.verifyAgainMilliseconds,
      });
      this.#kept = { identity, history };
    }
    return this.#kept.history;
  }
}

function fitOf(profile: Profile, { accepts }: Connection): Fit {
  const selects = telling(profile);
  const accepted = selects.filter(({ sql }) => accepts(derivedTable(sql, "section")));
  return { profile: profile.name, accepted: accepted.length, selects: selects.length };
}

function isBusy(error: unknown): boolean {
  return (error as { code?: unknown }).code === "SQLITE_BUSY";
}

/** SQLite has the system's time zones, and takes a missing one for UTC without an error. Node has zones of its own. */
function refuseMissingZone(query: Query, timeZone: string): void {
  const isKnown = (noon: string) => {
    const [row] = query({ sql: "SELECT datetime(?, 'localtime') AS local", values: [noon] });
    // Sweden writes a time as SQLite does.
    return row?.local === new Date(`${noon}Z`).toLocaleString("sv-SE", { timeZone });
  };
  if (["2026-01-15 12:00", "2026-07-15 12:00"].every(isKnown)) return;
  throw SourceError.of(
    "failed_precondition",
    "the system does not know the time zone of the profile's header: write it as tzdata does, and install that",
  );
}
