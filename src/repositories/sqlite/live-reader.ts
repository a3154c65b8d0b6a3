/**
 * Reads a database that is in use, through one read-only connection that is opened for the first reading and
 * closed once nobody asks. In WAL mode each reading is one transaction, closed at once; on a rollback journal
 * each SELECT stands by itself, so that the writer is never held up.
 */
import Database from "better-sqlite3";
import type { PartName } from "../repository.ts";
import type { PartContext, Query } from "./query.ts";
import { highestIds, type PartReadings, readPart } from "./read-parts.ts";

/** How long a reading waits for the writer's lock; better-sqlite3's own default is five seconds. */
const BUSY_MILLISECONDS = 150;

type Context = Omit<PartContext, "query">;

export interface LiveReading {
  readonly parts: PartReadings;
  readonly highestIds: readonly (number | null)[];
}

export class LiveReader {
  readonly identity: string;
  readonly #connection: Database.Database;
  readonly #statements = new Map<string, Database.Statement>();
  readonly #journalMode: Database.Statement;
  readonly #dataVersion: Database.Statement;
  readonly #query: Query;
  /** What was read, and the `PRAGMA data_version` under which it is still true. */
  #known: { version: unknown; parts: PartReadings; highestIds: readonly (number | null)[] | undefined };

  /** Throws SQLite's error. It succeeds even on garbage: that shows with the first reading. */
  constructor(path: string, identity: string) {
    this.identity = identity;
    this.#connection = new Database(path, {
      readonly: true,
      fileMustExist: true,
      timeout: BUSY_MILLISECONDS,
    });
    this.#connection.pragma("query_only = 1");
    // An I/O error on a mapped file would be a SIGBUS: sqlite.org/mmap.html.
    this.#connection.pragma("mmap_size = 0");
    this.#journalMode = this.#connection.prepare("PRAGMA journal_mode").pluck();
    this.#dataVersion = this.#connection.prepare("PRAGMA data_version").pluck();
    this.#known = { version: undefined, parts: {}, highestIds: undefined };
    this.#query = (sql, ...values) => {
      let statement = this.#statements.get(sql);
      if (!statement) {
        statement = this.#connection.prepare(sql);
        this.#statements.set(sql, statement);
      }
      return statement.all(...values) as ReturnType<Query>;
    };
  }

  get isWal(): boolean {
    return this.#journalMode.get() === "wal";
  }

  /** Throws SQLite's error where the database as a whole cannot be read. */
  read(parts: readonly PartName[], context: Context, unexpected: string[]): LiveReading {
    if (this.isWal) this.#connection.exec("BEGIN");
    try {
      return this.#read(parts, { ...context, query: this.#query }, unexpected);
    } finally {
      if (this.#connection.inTransaction) this.#connection.exec("COMMIT");
    }
  }

  #read(parts: readonly PartName[], context: PartContext, unexpected: string[]): LiveReading {
    // Read before the rows: a commit in between makes the rows newer than their version, and they are read
    // again the next time, never the other way round.
    const version = this.#dataVersion.get();
    if (version !== this.#known.version) this.#known = { version, parts: {}, highestIds: undefined };
    this.#known.highestIds ??= highestIds(context);
    const readings: Record<string, unknown> = {};
    for (const name of parts) {
      const reading =
        stillTrue(this.#known.parts, name, context.nowMs) ?? readPart(name, context, unexpected);
      if (reading.ok) (this.#known.parts as Record<string, unknown>)[name] = reading;
      readings[name] = reading;
    }
    return { parts: readings as PartReadings, highestIds: this.#known.highestIds };
  }

  close(): void {
    this.#connection.close();
  }
}

/**
 * The known reading, the very same object: nothing was committed since. Delayed jobs become due without a
 * commit.
 */
function stillTrue(known: PartReadings, name: PartName, nowMs: number) {
  const reading = known[name];
  if (!reading?.ok) return undefined;
  const { value } = reading;
  if ("nextAvailableAtMs" in value && value.nextAvailableAtMs !== null && value.nextAvailableAtMs <= nowMs)
    return undefined;
  return "historyAsOfMs" in value
    ? { ok: true as const, value: { ...value, historyAsOfMs: nowMs } }
    : reading;
}
