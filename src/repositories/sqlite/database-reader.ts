/**
 * One database at one path, however it stands there: absent, live, stopped, replaced. Picks the way to read it that neither
 * changes it nor leaves a file beside it, and closes it when nobody asks.
 */
import type { SectionName } from "../../profiles/contract.ts";
import type { Profile } from "../../profiles/profile.ts";
import { failedSnapshot, type PartName, type SectionExamination, type Snapshot } from "../repository.ts";
import { SourceError } from "../source-failure.ts";
import type { BackedOff } from "../sql/backoff.ts";
import { examineSection } from "../sql/examine.ts";
import { History } from "../sql/history/history.ts";
import type { PartContext } from "../sql/part-context.ts";
import { withinRanges } from "../sql/ranges.ts";
import { bug, highestKeys, readPart, sourceEpochs } from "../sql/read-parts.ts";
import { Source, SQLITE } from "../sql/source.ts";
import { type Query, runSync } from "../sql/statements.ts";
import { type Connection, openImmutable, openLive } from "./connection.ts";
import { explainBy } from "./explain.ts";
import { toFailure } from "./failures.ts";
import {
  exists,
  isLive,
  isWalFile,
  type Location,
  locate,
  refuseHalfWal,
  refuseHarmfulUser,
  refuseLoneFile,
  refuseUnreadable,
} from "./location.ts";
import type { StatementRunner } from "./statement-runner.ts";

export interface ReaderOptions extends Pick<PartContext, "maxItems" | "terminalStages"> {
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

/** What a reading spends on each section of history: on a rollback journal it holds up a commit for as long. */
const REFRESH_MILLISECONDS = 5;

interface Opened {
  readonly kind: "live" | "immutable";
  readonly connection: Connection;
  readonly location: Location;
  /** Whether reading holds up the writer's commits. */
  readonly holdsLock: boolean;
  /** `PRAGMA schema_version` for which the profile was checked. */
  checkedSchema: unknown;
  /** `PRAGMA data_version` of the last reading. */
  dataVersion: unknown;
}

export class DatabaseReader {
  readonly #options: ReaderOptions;
  readonly #runner: StatementRunner;
  readonly #source: Source;
  readonly #epochOf = sourceEpochs();
  #opened: Opened | undefined;
  /** The history of the file with this identity; it is kept while the file is closed. */
  #kept: { readonly identity: string; readonly history: History } | undefined;

  constructor(options: ReaderOptions, runner: StatementRunner) {
    this.#options = options;
    this.#runner = runner;
    this.#source = new Source(options.profile, SQLITE);
  }

  /** Never throws: what fails is in the snapshot. */
  read(parts: readonly PartName[], nowMs: number, backedOff: BackedOff = {}): ReaderAnswer {
    const unexpected: string[] = [];
    this.#source.noteResting(backedOff);
    try {
      const opened = this.#open();
      const snapshot = this.#inTransaction(opened, () => this.#readParts(opened, parts, nowMs, unexpected));
      this.#refuseStarted(opened);
      return { snapshot, unexpected, leftOut: [...this.#source.leftOut] };
    } catch (error) {
      // A writer's lock passes; anything else may be another file by now.
      if (!isBusy(error)) this.release();
      const failure = toFailure(error) ?? bug(error, unexpected);
      return { snapshot: failedSnapshot(parts, failure), unexpected, leftOut: [] };
    }
  }

  /** Runs and explains each SELECT of the profile; empty if the database cannot be read. */
  examine(nowMs: number, countsVisits = true, backedOff: BackedOff = {}): readonly SectionExamination[] {
    this.#source.noteResting(backedOff);
    try {
      const opened = this.#open();
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

  /** Whether sums are missing: the first pass over the history is not through. */
  get isIncomplete(): boolean {
    return this.#opened !== undefined && this.#kept?.history.isComplete === false;
  }

  /** Reads one more piece of the open database's history; returns false if there is nothing left to read. */
  stepHistory(nowMs: number): boolean {
    const [opened, kept] = [this.#opened, this.#kept];
    if (!opened || !kept || (opened.kind === "immutable" && kept.history.isComplete)) return false;
    try {
      return this.#inTransaction(opened, () => runSync(kept.history.step(nowMs), opened.connection.query));
    } catch {
      // The writer's lock, for example, or a file that is gone: the next reading reports what it is.
      return false;
    }
  }

  /** Closes the file, so that the orchestrator's own last connection can checkpoint. */
  release(): void {
    this.#opened?.connection.close();
    this.#opened = undefined;
  }

  #readParts(opened: Opened, parts: readonly PartName[], nowMs: number, unexpected: string[]): Snapshot {
    const { maxItems, terminalStages } = this.#options;
    const query: Query = (statement) =>
      withinRanges(statement.section, opened.connection.query(statement), this.#source);
    const history = this.#historyOf(opened.location);
    const source = this.#source;
    const context: PartContext = { source, history, nowMs, maxItems, terminalStages, toFailure };
    const highest = runSync(highestKeys(context), query);
    const readings = parts.map(
      (name) => [name, runSync(readPart(name, context, unexpected), query)] as const,
    );
    return {
      sourceEpoch: this.#epochOf(opened.location.identity, highest),
      parts: Object.fromEntries(readings),
    };
  }

  /** One short transaction, with the profile checked against the database as it is. */
  #inTransaction<T>(opened: Opened, work: () => T): T {
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

  #noteChanges(opened: Opened): void {
    const { connection } = opened;
    // Within the transaction both are the versions of what it reads.
    const schema = connection.pragma("schema_version");
    const history = this.#historyOf(opened.location);
    if (schema !== opened.checkedSchema) {
      const { timezone } = this.#options.profile;
      if (timezone !== "UTC") refuseMissingZone(connection.query, timezone);
      if (opened.checkedSchema !== undefined) history.forgetAll();
      connection.checkProfile(this.#source);
      opened.checkedSchema = schema;
    }
    const version = connection.pragma("data_version");
    if (version !== opened.dataVersion) history.noteChange();
    opened.dataVersion = version;
  }

  #historyOf({ identity }: Location): History {
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

  #open(): Opened {
    const location = locate(this.#options.databasePath);
    if (this.#opened && !isStillRight(this.#opened, location)) this.release();
    if (this.#opened) return this.#opened;
    refuseUnreadable(location);
    refuseHalfWal(location);
    const kind = isLive(location) || !isWalFile(location.path) ? "live" : "immutable";
    if (kind === "immutable") refuseLoneFile(location);
    else if (isLive(location)) refuseHarmfulUser(location);
    // Never both libraries on one file: there is no other connection in this process, since `#opened` is the only one.
    const connection = (kind === "live" ? openLive : openImmutable)(location.path, this.#runner);
    const holdsLock = kind === "live" && !isLive(location);
    const unknown = { checkedSchema: undefined, dataVersion: undefined };
    this.#opened = { kind, connection, location, holdsLock, ...unknown };
    return this.#opened;
  }

  /** An orchestrator that starts while its stopped database is read makes what was read void. */
  #refuseStarted({ kind, location }: Opened): void {
    if (kind === "live" || !exists(`${location.path}-wal`)) return;
    throw SourceError.of(
      "unavailable",
      "the orchestrator is starting or stopping; the next reading tries again",
    );
  }
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

/** An immutable connection never looks at the file's changes: another version is another connection. */
function isStillRight({ kind, location }: Opened, now: Location): boolean {
  if (location.identity !== now.identity || location.path !== now.path) return false;
  if (kind === "immutable") return location.version === now.version && !now.hasWal;
  return isLive(now) === isLive(location);
}
