/**
 * A process of its own that reads a database whose orchestrator has stopped: `immutable=1` reads a WAL
 * database without its -wal and -shm and creates neither. better-sqlite3 cannot open such a URI, and two
 * SQLite libraries must not open one file in one process (sqlite.org/howtocorrupt.html, 2.2.1).
 */
import { closeSync, openSync, readSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { pathToFileURL } from "node:url";
import type { PartName } from "../repository.ts";
import { exists } from "./location.ts";
import type { PartContext, Query } from "./query.ts";
import { allBroken, faultOrBug, highestIds, type PartReadings, readPart } from "./read-parts.ts";

export interface StoppedRequest extends Omit<PartContext, "query"> {
  readonly id: number;
  readonly path: string;
  readonly parts: readonly PartName[];
}

export interface StoppedAnswer {
  readonly id: number;
  /** `other`: a rollback journal, or no database; the live reader can open it without leaving a file. */
  readonly journal: "wal" | "other";
  /** A -wal came up: the orchestrator has started, and what was read is void. */
  readonly walAppeared: boolean;
  readonly parts: PartReadings;
  readonly highestIds: readonly (number | null)[];
  readonly unexpected: readonly string[];
}

/** The SQLite codes by number: node:sqlite gives no names (sqlite.org/rescode.html). */
const CODE_NAMES: Readonly<Record<number, string>> = {
  1: "SQLITE_ERROR",
  5: "SQLITE_BUSY",
  8: "SQLITE_READONLY",
  10: "SQLITE_IOERR",
  11: "SQLITE_CORRUPT",
  14: "SQLITE_CANTOPEN",
  26: "SQLITE_NOTADB",
};

process.on("message", (request: StoppedRequest) => process.send?.(answer(request)));
process.on("disconnect", () => process.exit(0));
// A Ctrl-C in a terminal reaches every process of the group; this one ends with its parent.
process.on("SIGINT", () => {});

function answer(request: StoppedRequest): StoppedAnswer {
  const unexpected: string[] = [];
  const nothing = { id: request.id, parts: {}, highestIds: [], walAppeared: false, unexpected };
  try {
    if (!isWalDatabase(request.path)) return { ...nothing, journal: "other" };
    const walBefore = exists(`${request.path}-wal`);
    const read = walBefore ? { parts: {}, highestIds: [] } : readImmutable(request, unexpected);
    const walAppeared = walBefore || exists(`${request.path}-wal`);
    return { ...nothing, ...read, journal: "wal", walAppeared };
  } catch (error) {
    return {
      ...nothing,
      journal: "wal",
      parts: allBroken(request.parts, faultOrBug(named(error), unexpected)),
    };
  }
}

/** The file format's read version, at offset 19 of the header, is 2 for WAL: sqlite.org/fileformat.html, 1.3. */
function isWalDatabase(path: string): boolean {
  const header = Buffer.alloc(20);
  const descriptor = openSync(path, "r");
  try {
    return (
      readSync(descriptor, header, 0, 20, 0) === 20 &&
      header.toString("latin1", 0, 15) === "SQLite format 3" &&
      header[19] === 2
    );
  } finally {
    closeSync(descriptor);
  }
}

function readImmutable(request: StoppedRequest, unexpected: string[]) {
  const url = pathToFileURL(request.path);
  url.searchParams.set("immutable", "1");
  const database = new DatabaseSync(url, { readOnly: true });
  try {
    const query: Query = (sql, ...values) => {
      try {
        return database.prepare(sql).all(...values);
      } catch (error) {
        throw named(error);
      }
    };
    const context = { ...request, query };
    const parts = Object.fromEntries(
      request.parts.map((name) => [name, readPart(name, context, unexpected)]),
    );
    return { parts: parts as PartReadings, highestIds: highestIds(context) };
  } finally {
    database.close();
  }
}

/** The error with the code's name, as better-sqlite3 gives it. */
function named(error: unknown): unknown {
  const { errcode } = error as { errcode?: unknown };
  if (typeof errcode !== "number") return error;
  return Object.assign(error as Error, { code: CODE_NAMES[errcode & 0xff] ?? "SQLITE_ERROR" });
}
