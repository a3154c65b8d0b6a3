/**
 * Reads a database that is in use, through one read-only connection that is opened for the first reading and
 * closed once nobody asks. Each reading is one short transaction, so that it sees one state of the database; on
 * a rollback journal it holds up a commit for as long, and waits once for the writer instead of at each SELECT.
 */
import Database from "better-sqlite3";
import type { PartName } from "../repository.ts";
import type { History } from "./history/history.ts";
import { WalHints } from "./history/wal-hints.ts";
import type { PartContext, Query } from "./query.ts";
import {
  becameDue,
  type HistoryAsOf,
  historyAsOf,
  type PartReadings,
  readHighestIds,
  readPart,
} from "./read-parts.ts";

/** How long a reading waits for the writer's lock; better-sqlite3's own default is five seconds. */
const BUSY_MILLISECONDS = 150;

/** KiB. Enough for a reading; the system caches the file anyway, and SQLite's default here is 16 MB. */
const CACHE_KIBIBYTES = 2048;

const COLUMNS = `SELECT (SELECT COUNT(*) FROM pragma_table_info('agent_runs')) AS agent_runs,
  (SELECT COUNT(*) FROM pragma_table_info('jobs')) AS jobs`;

export type LiveContext = Pick<PartContext, "nowMs" | "maxItems" | "terminalStages">;

export interface LiveReading {
  readonly parts: PartReadings;
  readonly highestIds: PartContext["highestIds"];
  readonly historyAsOf: HistoryAsOf;
}

export class LiveReader {
  readonly identity: string;
  readonly #connection: Database.Database;
  readonly #statements = new Map<string, Database.Statement>();
  readonly #journalMode: Database.Statement;
  readonly #dataVersion: Database.Statement;
  readonly #history: History;
  readonly #hints: WalHints;
  /** What was read, and the `PRAGMA data_version` and the history's revision under which it is still true. */
  #known: {
    readonly version: unknown;
    readonly parts: Partial<Record<PartName, unknown>>;
    highestIds: PartContext["highestIds"] | undefined;
    revision: number;
  };

  /** Throws SQLite's error. It succeeds even on garbage: that shows with the first reading. */
  constructor(path: string, identity: string, history: History) {
    this.identity = identity;
    this.#history = history;
    this.#connection = new Database(path, {
      readonly: true,
      fileMustExist: true,
      timeout: BUSY_MILLISECONDS,
    });
    this.#connection.pragma("query_only = 1");
    // An I/O error on a mapped file would be a SIGBUS: sqlite.org/mmap.html.
    this.#connection.pragma("mmap_size = 0");
    this.#connection.pragma(`cache_size = -${CACHE_KIBIBYTES}`);
    this.#journalMode = this.#connection.prepare("PRAGMA journal_mode").pluck();
    this.#dataVersion = this.#connection.prepare("PRAGMA data_version").pluck();
    this.#known = nothingKnown(undefined);
    this.#hints = new WalHints(path);
  }

  get isWal(): boolean {
    return this.#journalMode.get() === "wal";
  }

  /** Throws SQLite's error where the database as a whole cannot be read. */
  read(parts: readonly PartName[], context: LiveContext, unexpected: string[]): LiveReading {
    this.#connection.exec("BEGIN");
    try {
      return this.#read(parts, context, unexpected);
    } finally {
      if (this.#connection.inTransaction) this.#connection.exec("COMMIT");
    }
  }

  /** Reads one more segment of history; false where there is none left. Throws SQLite's error. */
  stepHistory(nowMs: number): boolean {
    this.#noteVersion();
    this.#history.suspect(this.#hints.take(), this.#columns());
    return this.#history.step(this.#query, nowMs);
  }

  #read(parts: readonly PartName[], context: LiveContext, unexpected: string[]): LiveReading {
    this.#noteVersion();
    this.#known.highestIds ??= readHighestIds(this.#query);
    const { highestIds } = this.#known;
    const whole = { ...context, query: this.#query, history: this.#history, highestIds };
    const readings: Record<string, unknown> = {};
    for (const name of parts) readings[name] = this.#readOnce(name, whole, unexpected);
    return {
      parts: readings as PartReadings,
      highestIds,
      historyAsOf: historyAsOf(this.#history, context.nowMs),
    };
  }

  /** The known reading, the very same object, while nothing was committed since. */
  #readOnce(name: PartName, context: PartContext, unexpected: string[]) {
    this.#forgetOlderSums();
    const known = (this.#known.parts as PartReadings)[name];
    if (known?.ok && !becameDue(known, context.nowMs)) return known;
    const reading = readPart(name, context, unexpected);
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

  /** The background found that somebody changed old rows. */
  #forgetOlderSums(): void {
    if (this.#known.revision === this.#history.revision) return;
    delete this.#known.parts.queue;
    delete this.#known.parts.cost;
  }

  readonly #query: Query = (sql, ...values) => {
    let statement = this.#statements.get(sql);
    if (!statement) {
      statement = this.#connection.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement.all(...values) as ReturnType<Query>;
  };

  #columns() {
    const [counts] = this.#query(COLUMNS);
    return { agent_runs: Number(counts?.agent_runs), jobs: Number(counts?.jobs) };
  }

  close(): void {
    this.#hints.close();
    this.#connection.close();
  }
}

function nothingKnown(version: unknown) {
  return { version, parts: {}, highestIds: undefined, revision: -1 };
}
