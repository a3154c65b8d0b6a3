/**
 * A connection through one of the two SQLite libraries. They must never have the same file open in one process:
 * closing a descriptor in one drops the locks of the other (sqlite.org/howtocorrupt.html, 2.2).
 */
import { closeSync, openSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { pathToFileURL } from "node:url";
import Database from "better-sqlite3";
import type { Cells } from "../sql/columns.ts";
import { derivedTable } from "../sql/source.ts";
import type { Query, Value } from "../sql/statements.ts";
import type { Prepared, StatementRunner } from "./statement-runner.ts";
import { decoded, undecodable, withBytes } from "./undecodable.ts";

/** How long a reading waits for the writer's lock. better-sqlite3's default is five seconds. */
const BUSY_MILLISECONDS = 150;

/** Enough for a reading, since the system caches the file. SQLite's default here is 16 MB. */
const CACHE_KIBIBYTES = 1024;

const PRAGMAS = [
  "query_only = 1",
  // An I/O error on a mapped file would raise SIGBUS: sqlite.org/mmap.html.
  "mmap_size = 0",
  // Sorting must not write temporary files: there may be no folder or no space for them.
  "temp_store = MEMORY",
  `cache_size = -${CACHE_KIBIBYTES}`,
  // Views cannot read pragma tables, which would reveal the database's path.
  "trusted_schema = OFF",
];

interface Library {
  readonly prepare: (sql: string) => Prepared;
  readonly exec: (sql: string) => void;
  /** Defines a function for use in SELECTs. */
  readonly define: (name: string, called: (rowid: unknown, table: unknown) => number) => void;
  /** Returns the columns of a SELECT. Throws SQLite's error if it cannot be prepared. */
  readonly columns: (sql: string) => readonly ColumnDefinition[];
  /** Throws for SQL that could do more than read, has more than one statement, or has a parameter. */
  readonly refuseWriting: (sql: string) => void;
  readonly close: () => void;
}

export interface Connection extends Omit<Library, "prepare"> {
  readonly query: Query;
  /** Returns the value of a pragma. */
  readonly pragma: (name: string) => unknown;
}

export interface ColumnDefinition {
  readonly name: string;
  /** The declared type. Null for an expression. */
  readonly type: string | null;
}

export class NotReadingError extends Error {}

/**
 * Opens a database that is in use. Succeeds even for an invalid file, which only the first reading detects. Throws
 * SQLite's error.
 */
export function openLive(path: string, runner: StatementRunner): Connection {
  const database = openReadOnly(path);
  return connectionOver(
    {
      prepare: (sql) => database.prepare<Value[]>(sql),
      exec: (sql) => void database.exec(sql),
      define: (name, called) => void database.function(name, called),
      close: () => void database.close(),
      columns: (sql) => database.prepare(sql).columns(),
      refuseWriting(sql) {
        try {
          const statement = database.prepare(sql);
          // Throws for a parameter without a value.
          statement.bind();
          // sqlite.org/c3ref/stmt_readonly.html: ATTACH counts as read-only but returns no rows. For PRAGMA it is the
          // reverse.
          if (statement.reader && statement.readonly) return;
        } catch (error) {
          // The library throws these for a parameter, or more than one statement.
          if (!(error instanceof RangeError || error instanceof TypeError)) throw error;
        }
        throw new NotReadingError();
      },
    },
    runner,
  );
}

/**
 * Opens a WAL database whose orchestrator has stopped. `immutable=1` reads it without its -wal and -shm files, and
 * creates neither. better-sqlite3 cannot open such a URI.
 */
export function openImmutable(path: string, runner: StatementRunner): Connection {
  const url = pathToFileURL(path);
  url.searchParams.set("immutable", "1");
  return openTables(new DatabaseSync(url, { readOnly: true, readBigInts: true }), runner);
}

/** Wraps a node:sqlite database. */
export function openTables(database: DatabaseSync, runner: StatementRunner): Connection {
  const prepare = (sql: string) => withCodeName(() => database.prepare(sql));
  return connectionOver(
    {
      prepare,
      exec: (sql) => withCodeName(() => database.exec(sql)),
      define: (name, called) => database.function(name, called),
      close: () => database.close(),
      columns: (sql) => prepare(sql).columns(),
      refuseWriting(sql) {
        // It always runs inside these parentheses, where only a SELECT is valid SQL.
        const whole = `SELECT * FROM ${derivedTable(sql, "section")}`;
        // The library ignores further statements, and its values replace parameters.
        if (prepare(whole).expandedSQL !== whole) throw new NotReadingError();
      },
    },
    runner,
  );
}

function connectionOver(library: Library, runner: StatementRunner): Connection {
  const statements = new Map<string, Prepared>();
  const run: Query = (statement) => {
    let prepared = statements.get(statement.sql);
    if (!prepared) {
      prepared = library.prepare(statement.sql);
      statements.set(statement.sql, prepared);
    }
    return withCodeName(() => runner.run(prepared, statement));
  };
  const query: Query = (statement) => {
    const rows = run(statement);
    const columns = undecodable(rows);
    // SQLite itself converts texts in other encodings.
    if (columns.length === 0 || first("PRAGMA encoding").encoding !== "UTF-8") return rows;
    return run({ ...statement, sql: withBytes(statement.sql, columns) }).map((row) => decoded(row, columns));
  };
  const first = (sql: string): Cells => run({ sql, values: [] })[0] ?? {};
  for (const pragma of PRAGMAS) library.exec(`PRAGMA ${pragma}`);
  return {
    ...library,
    query,
    pragma: (name) => Object.values(first(`PRAGMA ${name}`))[0],
  };
}

/** Throws SQLite's error, or the system's error for a lack of file descriptors, which SQLite does not report. */
function openReadOnly(path: string): Database.Database {
  try {
    return new Database(path, { readonly: true, fileMustExist: true, timeout: BUSY_MILLISECONDS });
  } catch (error) {
    closeSync(openSync("/", "r"));
    throw error;
  }
}

/** SQLite's codes by number, since node:sqlite has no names (sqlite.org/rescode.html). */
const CODE_NAMES: Readonly<Record<number, string>> = {
  1: "SQLITE_ERROR",
  5: "SQLITE_BUSY",
  8: "SQLITE_READONLY",
  10: "SQLITE_IOERR",
  11: "SQLITE_CORRUPT",
  14: "SQLITE_CANTOPEN",
  18: "SQLITE_TOOBIG",
  26: "SQLITE_NOTADB",
};

/** Adds the name of the code to errors of node:sqlite, as better-sqlite3 does. */
function withCodeName<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    const { errcode } = error as { errcode?: unknown };
    if (typeof errcode !== "number") throw error;
    throw Object.assign(error as Error, { code: CODE_NAMES[errcode & 0xff] ?? "SQLITE_ERROR" });
  }
}
