/** Reads a store with a profile: each part separately, in one short transaction, and the history between readings. */
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
import { bug, highestKeys, readPart, sourceEpochs } from "../sql/read-parts.ts";
import { derivedTable, Source, SQLITE } from "../sql/source.ts";
import { type Query, runSync, type Statement } from "../sql/statements.ts";
import { checkProfile } from "./check-profile.ts";
import type { Connection } from "./connection.ts";
import { DatabaseFile } from "./database-file.ts";
import { explainBy } from "./explain.ts";
import { toFailure } from "./failures.ts";
import { FileStore } from "./files/file-store.ts";
import type { StatementRunner } from "./statement-runner.ts";
import type { OpenStore, Store } from "./store.ts";

export interface ReaderOptions extends Pick<PartContext, "maxItems" | "terminalStages"> {
  /** The file, or the folder for a profile for files. */
  readonly databasePath: string;
  readonly profile: Profile;
  /** The minimum time before what was read of history is verified again. Default: 10 s. */
  readonly verifyAgainMilliseconds?: number;
}

export interface ReaderAnswer {
  readonly snapshot: Snapshot;
  /** Messages about values that no field can hold, since the process started. */
  readonly leftOut: readonly string[];
}

/** The time that a reading spends on each section of history. On a rollback journal it blocks commits for as long. */
const REFRESH_MILLISECONDS = 5;

/** What is known of the file with this identity. It is kept while the file is closed, as between rare scrapes. */
interface Kept {
  readonly identity: string;
  readonly history: History;
  /** The `PRAGMA schema_version` for which the profile was checked. */
  checkedSchema?: unknown;
}

export class DatabaseReader {
  readonly #options: ReaderOptions;
  readonly #store: Store;
  readonly #runner: StatementRunner;
  readonly #source: Source;
  readonly #onUnexpected: (stack: string) => void;
  readonly #epochOf = sourceEpochs();
  #kept: Kept | undefined;

  /** `onUnexpected` receives the stack traces of bugs. */
  constructor(options: ReaderOptions, runner: StatementRunner, onUnexpected = (_stack: string) => {}) {
    const { profile, databasePath } = options;
    this.#options = options;
    this.#store =
      profile.dialect === "files"
        ? new FileStore(profile.tables, databasePath, runner)
        : new DatabaseFile(databasePath, runner);
    this.#runner = runner;
    this.#source = new Source(profile, SQLITE, toFailure);
    this.#onUnexpected = onUnexpected;
  }

  /** Never throws: failures are in the snapshot. */
  read(parts: readonly PartName[], nowMs: number, backedOff: BackedOff = {}): ReaderAnswer {
    this.#source.noteResting(backedOff);
    const read = this.#attempt((opened) => {
      this.#source.noteResting({ ...this.#unread(), ...backedOff });
      return this.#readParts(opened, parts, nowMs);
    });
    const snapshot = read.ok ? read.value : failedSnapshot(parts, read.failure);
    return { snapshot, leftOut: read.ok ? [...this.#source.leftOut] : [] };
  }

  /** Runs and explains each SELECT of the profile. Empty if the database cannot be read. */
  examine(nowMs: number, countsVisits = true, backedOff: BackedOff = {}): readonly SectionExamination[] {
    this.#source.noteResting(backedOff);
    try {
      const opened = this.#store.open();
      const { connection } = opened;
      const examine = (section: SectionName) =>
        runSync(
          examineSection(section, this.#source, nowMs, explainBy(connection, countsVisits)),
          connection.query,
        );
      // Uses a transaction for each section, since one on a rollback journal blocks the writer.
      return this.#source.sections.map((section) => this.#inTransaction(opened, () => examine(section)));
    } catch {
      return [];
    }
  }

  /** Counts the SELECTs of each profile that the database accepts. Never throws. */
  fits(profiles: readonly Profile[]): Reading<readonly Fit[]> {
    return this.#attempt(({ connection }) => profiles.map((profile) => fitOf(profile, connection)));
  }

  /** Returns the sections whose rows have not all been read yet. */
  #unread(): BackedOff {
    const unread = this.#source.sections.map((section) => [
      section,
      this.#store.unread?.(this.#source.at(section).sql),
    ]);
    return Object.fromEntries(unread.filter(([, failure]) => failure !== undefined));
  }

  /** Runs one SELECT that does not come from a profile, for example on the schema. Never throws. */
  select(statement: Statement): Reading<readonly Cells[]> {
    return this.#attempt(({ connection }) => connection.query(statement));
  }

  /** Whether totals are missing, since the first pass over the history is not complete. */
  get isIncomplete(): boolean {
    const { opened, isIncomplete } = this.#store;
    return opened !== undefined && (isIncomplete === true || this.#kept?.history.isComplete === false);
  }

  /** Reads one more batch of the open database's history. Returns false if nothing is left to read. */
  stepHistory(nowMs: number): boolean {
    const [{ opened }, kept] = [this.#store, this.#kept];
    if (!opened || !kept || (opened.isFixed && kept.history.isComplete)) return false;
    try {
      if (this.#store.step?.()) return true;
      return this.#inTransaction(opened, () => runSync(kept.history.step(nowMs), opened.connection.query));
    } catch {
      // For example a lock, or a missing file. The next reading reports it.
      return false;
    }
  }

  /** Closes the file, so that the orchestrator's last connection can checkpoint. */
  release(): void {
    this.#store.close();
  }

  /** Opens the store, and runs `work` in one transaction. */
  #attempt<T>(work: (opened: OpenStore) => T): Reading<T> {
    try {
      const opened = this.#store.open();
      const value = this.#inTransaction(opened, () => work(opened));
      opened.confirm();
      return ok(value);
    } catch (error) {
      // A writer's lock ends by itself. After other errors the file may have been replaced.
      if (!isBusy(error)) this.#store.close();
      return { ok: false, failure: toFailure(error) ?? bug(error, this.#onUnexpected) };
    }
  }

  #readParts(opened: OpenStore, parts: readonly PartName[], nowMs: number): Snapshot {
    const { maxItems, terminalStages } = this.#options;
    const { query } = opened.connection;
    const { history } = this.#keptOf(opened.identity);
    const source = this.#source;
    const context: PartContext = { source, history, nowMs, maxItems, terminalStages };
    const highest = runSync(highestKeys(source), query);
    const readings = parts.map(
      (name) => [name, runSync(readPart(name, context, this.#onUnexpected), query)] as const,
    );
    return {
      sourceEpoch: this.#epochOf(opened.identity, highest),
      parts: Object.fromEntries(readings),
    };
  }

  /** Runs `work` in one short transaction, after checking the profile against the current schema. */
  #inTransaction<T>(opened: OpenStore, work: () => T): T {
    const { connection } = opened;
    return this.#runner.transaction(opened.holdsLock, () => {
      connection.exec("BEGIN");
      try {
        this.#noteChanges(opened);
        return work();
      } finally {
        // SQLite itself ends the transaction after some errors.
        try {
          connection.exec("COMMIT");
        } catch {}
      }
    });
  }

  #noteChanges(opened: OpenStore): void {
    const { connection } = opened;
    // Inside the transaction, both versions are those of what it reads.
    const schema = connection.pragma("schema_version");
    const kept = this.#keptOf(opened.identity);
    const isNew = schema !== kept.checkedSchema;
    // A file that was restored in place may have other tables under the same version, so problems are looked for again.
    if (isNew || (!opened.isChecked && this.#source.problems.length > 0)) {
      const { timezone } = this.#options.profile;
      if (timezone !== "UTC") refuseMissingZone(connection.query, timezone);
      if (isNew && kept.checkedSchema !== undefined) kept.history.forgetAll();
      this.#source.noteProblems(checkProfile(this.#source, connection));
      kept.checkedSchema = schema;
    }
    opened.isChecked = true;
    const version = opened.version();
    if (version !== opened.readVersion) kept.history.noteChange();
    opened.readVersion = version;
  }

  #keptOf(identity: string): Kept {
    if (this.#kept?.identity !== identity) {
      const history = new History({
        source: this.#source,
        refreshMilliseconds: REFRESH_MILLISECONDS,
        verifyAgainMilliseconds: this.#options.verifyAgainMilliseconds,
      });
      this.#kept = { identity, history };
    }
    return this.#kept;
  }
}

/** Throws SQLite's error if it is unknown what the database accepts, for example while the schema is locked. */
function fitOf(profile: Profile, { columns }: Connection): Fit {
  const selects = telling(profile);
  const accepted = selects.filter(({ sql }) => {
    try {
      columns(`SELECT * FROM ${derivedTable(sql, "section")}`);
      return true;
    } catch (error) {
      // A RangeError means more than one statement.
      if ((error as { code?: unknown }).code === "SQLITE_ERROR" || error instanceof RangeError) return false;
      throw error;
    }
  });
  return { profile: profile.name, accepted: accepted.length, selects: selects.length };
}

function isBusy(error: unknown): boolean {
  return (error as { code?: unknown }).code === "SQLITE_BUSY";
}

/**
 * Checks the time zone. SQLite uses the system's time zones, and treats a missing one as UTC without an error. Node
 * has its own.
 */
function refuseMissingZone(query: Query, timeZone: string): void {
  const isKnown = (noon: string) => {
    const [row] = query({ sql: "SELECT datetime(?, 'localtime') AS local", values: [noon] });
    // The Swedish locale formats a time as SQLite does.
    return row?.local === new Date(`${noon}Z`).toLocaleString("sv-SE", { timeZone });
  };
  if (["2026-01-15 12:00", "2026-07-15 12:00"].every(isKnown)) return;
  throw SourceError.of(
    "failed_precondition",
    "the system does not know the time zone of the profile's header: use a name from tzdata, and install tzdata",
  );
}
