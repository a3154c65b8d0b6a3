/**
 * Reads a database that is in use, through one read-only connection that is opened for the first reading and
 * closed once nobody asks. Each reading is one short transaction, so that it sees one state of the database; on
 * a rollback journal it holds up a commit for as long, and waits once for the writer instead of at each SELECT.
 */
import { closeSync, openSync } from "node:fs";
import Database from "better-sqlite3";
import type { PartName, SectionExamination } from "../repository.ts";
import { type Asking, type Query, runNow } from "../sql/asking.ts";
import { mappedSections } from "../sql/check-columns.ts";
import { examineSection } from "../sql/examine.ts";
import type { HighestKeys, History } from "../sql/history/history.ts";
import type { PartContext } from "../sql/part-context.ts";
import { becameDue, type PartReadings, readPart } from "../sql/read-parts.ts";
import type { Source } from "../sql/source.ts";
import { checkProfile, NotReadingError } from "./check-profile.ts";
import { EXPLANATION } from "./explanation.ts";
import { faultFor } from "./faults.ts";
import type { Guard } from "./guard.ts";
import { HistoryHints } from "./history-hints.ts";
import type { Location } from "./location.ts";
import { descriptorOf } from "./open-descriptor.ts";
import type { PageSums } from "./page-hints.ts";
import { look, type Seen } from "./seen.ts";

/** How long a reading waits for the writer's lock; better-sqlite3's own default is five seconds. */
const BUSY_MILLISECONDS = 150;

/** KiB. Enough for a reading; the system caches the file anyway, and SQLite's default here is 16 MB. */
const CACHE_KIBIBYTES = 1024;

/** Unix epoch milliseconds for each part that has history: everything committed before is in its sums. */
export interface HistoryAsOf {
  readonly queue: number;
  readonly cost: number;
}

export type LiveContext = Pick<PartContext, "nowMs" | "maxItems" | "terminalStages">;

export interface LiveReading {
  readonly parts: PartReadings;
  readonly highestKeys: HighestKeys;
  readonly historyAsOf: HistoryAsOf;
  /** Before the reading; undefined where nothing shows whether what was read holds still. */
  readonly seen?: Seen | undefined;
}

export interface LiveReaderOptions {
  readonly path: string;
  readonly identity: string;
  readonly source: Source;
  readonly history: History;
  readonly pageSums: PageSums;
  readonly guard: Guard;
}

export class LiveReader {
  readonly identity: string;
  readonly #connection: Database.Database;
  readonly #statements = new Map<string, Database.Statement>();
  readonly #journalMode: Database.Statement;
  readonly #dataVersion: Database.Statement;
  readonly #schemaVersion: Database.Statement;
  readonly #source: Source;
  readonly #history: History;
  readonly #hints: HistoryHints;
  readonly #guard: Guard;
  /** Of the wal-index, once it is open; null where it cannot be found. */
  #indexDescriptor: number | null | undefined;
  #checkedSchema: unknown;
  /** The version up to which the hints were passed. */
  #hintedVersion: unknown;
  /** What was read, and the `PRAGMA data_version` and the history's revision under which it is still true. */
  #known: Known = nothingKnown(undefined);

  /** Throws SQLite's error. It succeeds even on garbage: that shows with the first reading. */
  constructor({ path, identity, source, history, pageSums, guard }: LiveReaderOptions) {
    this.identity = identity;
    this.#guard = guard;
    this.#source = source;
    this.#history = history;
    const connection = connect(path);
    this.#connection = connection;
    this.#connection.pragma("query_only = 1");
    // An I/O error on a mapped file would be a SIGBUS: sqlite.org/mmap.html.
    this.#connection.pragma("mmap_size = 0");
    // Sorting writes no temporary file: there may be no folder for one, or no room.
    this.#connection.pragma("temp_store = MEMORY");
    this.#connection.pragma(`cache_size = -${CACHE_KIBIBYTES}`);
    this.#journalMode = this.#connection.prepare("PRAGMA journal_mode").pluck();
    this.#dataVersion = this.#connection.prepare("PRAGMA data_version").pluck();
    this.#schemaVersion = this.#connection.prepare("PRAGMA schema_version").pluck();
    this.#hints = new HistoryHints({ path, connection, source, history, pageSums });
  }

  /** As the last transaction found it; takes no lock. */
  get isWal(): boolean {
    return this.#journalMode.get() === "wal";
  }

  /** Throws SQLite's error where the database as a whole cannot be read. */
  read(
    location: Location,
    parts: readonly PartName[],
    context: LiveContext,
    unexpected: string[],
  ): LiveReading {
    const seen = this.#look(location);
    return { ...this.inTransaction(() => this.#read(parts, context, unexpected)), seen };
  }

  #look(location: Location): Seen | undefined {
    if (this.#indexDescriptor === undefined && location.hasShm && this.isWal)
      this.#indexDescriptor = descriptorOf(`${location.path}-shm`) ?? null;
    return typeof this.#indexDescriptor === "number" ? look(location, this.#indexDescriptor) : undefined;
  }

  /** Runs it in one transaction, with the profile checked against the database as it is. */
  inTransaction<T>(work: () => T): T {
    this.#connection.exec("BEGIN");
    try {
      this.#noteVersion();
      this.#checkProfile();
      return work();
    } finally {
      if (this.#connection.inTransaction) this.#connection.exec("COMMIT");
    }
  }

  /** Runs and explains each SELECT of the profile. */
  examine(): readonly SectionExamination[] {
    return this.inTransaction(() =>
      mappedSections(this.#source).map((section) =>
        this.run(examineSection(section, { source: this.#source, faultFor }, EXPLANATION)),
      ),
    );
  }

  /** Reads one more piece of history; false where there is none left. Throws SQLite's error. */
  stepHistory(nowMs: number): boolean {
    if (this.isWal) this.#hints.passFrames();
    // Before any sums are read: what is written after them then shows in the pages.
    else if (!this.#hints.knowsPages) return this.#hints.passPages();
    // In one transaction, so that it waits once for the writer, and a reading after it not for long.
    return this.inTransaction(() => {
      if (this.#hintedVersion !== this.#known.version) this.#hints.passLowestIds();
      this.#hintedVersion = this.#known.version;
      return this.run(this.#history.step(nowMs));
    });
  }

  /**
   * Looks at one more piece of the file for what commits changed, without a lock. False where there is no need, as
   * on a WAL database, or no way.
   */
  stepPages(): boolean {
    return !this.isWal && this.#hints.passPages();
  }

  run<T>(asking: Asking<T>): T {
    return runNow(asking, this.#query);
  }

  #read(parts: readonly PartName[], context: LiveContext, unexpected: string[]): LiveReading {
    if (context.nowMs < this.#known.readAtMs) this.#known.parts = {};
    this.#known.readAtMs = context.nowMs;
    this.#known.highestKeys ??= this.run(this.#history.highestKeys());
    const whole: PartContext = { ...context, source: this.#source, history: this.#history, faultFor };
    const readings: Record<string, unknown> = {};
    for (const name of parts) readings[name] = this.#readOnce(name, whole, unexpected);
    return {
      parts: readings as PartReadings,
      highestKeys: this.#known.highestKeys,
      historyAsOf: this.#history.asOf(context.nowMs),
    };
  }

  /** The known reading, the very same object, while nothing was committed since. */
  #readOnce(name: PartName, context: PartContext, unexpected: string[]) {
    this.#forgetOlderSums();
    const known = (this.#known.parts as PartReadings)[name];
    if (known?.ok && !becameDue(known, context.nowMs)) return known;
    const reading = this.run(readPart(name, context, unexpected));
    this.#known.revision = this.#history.revision;
    if (reading.ok) this.#known.parts[name] = reading;
    return reading;
  }

  /**
   * To be called before the rows are read: a commit in between then makes the rows newer than their version,
   * and they are read again the next time, never the other way round.
   */
  #noteVersion(): void {
    const version = this.#dataVersion.get();
    if (version === this.#known.version) return;
    this.#known = nothingKnown(version);
    this.#history.noteChange();
  }

  #checkProfile(): void {
    const schema = this.#schemaVersion.get();
    if (schema === this.#checkedSchema) return;
    if (this.#checkedSchema !== undefined) this.#history.forgetAll();
    this.#hints.forgetSchema();
    this.#source.noteFaults(
      checkProfile(this.#source, {
        columnNames: (sql) =>
          this.#connection
            .prepare(sql)
            .columns()
            .map(({ name }) => name),
        refuseWriting: (sql) => this.#refuseWriting(sql),
        explain: this.explain,
      }),
    );
    this.#checkedSchema = schema;
  }

  /** sqlite.org/c3ref/stmt_readonly.html: ATTACH counts as read-only, but returns no rows; PRAGMA the reverse. */
  #refuseWriting(sql: string): void {
    let statement: Database.Statement;
    try {
      statement = this.#connection.prepare(sql);
    } catch (error) {
      // More than one statement.
      throw error instanceof RangeError ? new NotReadingError() : error;
    }
    if (!statement.reader || !statement.readonly) throw new NotReadingError();
  }

  /** The rows of `EXPLAIN QUERY PLAN`. */
  readonly explain: Query = ({ sql, values }) =>
    this.#connection.prepare(`EXPLAIN QUERY PLAN ${sql}`).all(...values) as ReturnType<Query>;

  /** The background found that somebody changed old rows. */
  #forgetOlderSums(): void {
    if (this.#known.revision === this.#history.revision) return;
    delete this.#known.parts.queue;
    delete this.#known.parts.cost;
  }

  readonly #query: Query = (statement) => {
    const { sql } = statement;
    let prepared = this.#statements.get(sql);
    if (!prepared) {
      prepared = this.#connection.prepare(sql);
      this.#statements.set(sql, prepared);
    }
    return this.#guard(prepared, statement);
  };

  close(): void {
    this.#hints.close();
    this.#connection.close();
  }
}

/** Throws SQLite's error; where it is for want of a file descriptor, which SQLite does not tell, the system's. */
function connect(path: string): Database.Database {
  try {
    return new Database(path, { readonly: true, fileMustExist: true, timeout: BUSY_MILLISECONDS });
  } catch (error) {
    closeSync(openSync("/", "r"));
    throw error;
  }
}

interface Known {
  readonly version: unknown;
  parts: Partial<Record<PartName, unknown>>;
  /** Unix epoch milliseconds. Earlier than that means that the clock was set back, and which jobs are due changed. */
  readAtMs: number;
  highestKeys: HighestKeys | undefined;
  revision: number;
}

function nothingKnown(version: unknown): Known {
  return { version, parts: {}, readAtMs: 0, highestKeys: undefined, revision: -1 };
}
