/**
 * A process of its own that reads a database whose orchestrator has stopped: `immutable=1` reads a WAL
 * database without its -wal and -shm and creates neither. better-sqlite3 cannot open such a URI, and two
 * SQLite libraries must not open one file in one process (sqlite.org/howtocorrupt.html, 2.2.1).
 */
import { closeSync, openSync, readSync, statSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { pathToFileURL } from "node:url";
import type { SectionName } from "../../profiles/contract.ts";
import type { Profile } from "../../profiles/profile.ts";
import type { PartName, SectionExamination } from "../repository.ts";
import { type Query, runNow } from "../sql/asking.ts";
import { mappedSections } from "../sql/check-columns.ts";
import { SQLITE } from "../sql/dialect.ts";
import { examineSection } from "../sql/examine.ts";
import type { History } from "../sql/history/history.ts";
import { allBroken, bug, type PartReadings, readPart } from "../sql/read-parts.ts";
import type { Resting } from "../sql/rests.ts";
import { derivedTable, Source } from "../sql/source.ts";
import { checkProfile } from "./check-profile.ts";
import { EXPLANATION } from "./explanation.ts";
import { faultFor } from "./faults.ts";
import { type Guard, guarded, untimed } from "./guard.ts";
import type { LiveContext, LiveReading } from "./live-reader.ts";
import { exists } from "./location.ts";
import { newHistory } from "./new-history.ts";

export interface StoppedRequest extends LiveContext {
  readonly id: number;
  readonly path: string;
  readonly parts: readonly PartName[];
  readonly profile: Profile;
  /** Sections to be left alone. */
  readonly resting: Resting;
  /** To run and explain each SELECT of the profile, too. */
  readonly examine?: boolean;
}

export interface StoppedAnswer extends LiveReading {
  readonly id: number;
  /** `other`: a rollback journal, or no database; the live reader can open it without leaving a file. */
  readonly journal: "wal" | "other";
  /** Unix epoch milliseconds. */
  readonly readAtMs: number;
  /** A -wal came up: the orchestrator has started, and what was read is void. */
  readonly walAppeared: boolean;
  readonly unexpected: readonly string[];
  readonly examinations?: readonly SectionExamination[];
}

/** The SQLite codes by number: node:sqlite gives no names (sqlite.org/rescode.html). */
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

/** An open database, for as long as its file stays as it is. */
interface Opened {
  readonly path: string;
  readonly version: string;
  readonly database: DatabaseSync;
  readonly query: Query;
  readonly source: Source;
  readonly history: History;
}

/** Goes before each SELECT of a profile that did not come with the program. */
export interface BeganSelect {
  readonly began: SectionName;
}

/** A process reads for one profile. */
let guard: Guard | undefined;
let opened: Opened | undefined;
let between: NodeJS.Immediate | undefined;

process.on("message", (request: StoppedRequest) => {
  clearImmediate(between);
  process.send?.(answer(request));
  between = setImmediate(readOn);
});
process.on("disconnect", () => process.exit(0));
// A Ctrl-C in a terminal reaches every process of the group; this one ends with its parent.
process.on("SIGINT", () => {});

function answer(request: StoppedRequest): StoppedAnswer {
  const unexpected: string[] = [];
  const nothing = {
    id: request.id,
    readAtMs: request.nowMs,
    parts: {},
    highestKeys: {},
    historyAsOf: { queue: 0, cost: 0 },
    walAppeared: false,
    unexpected,
  };
  try {
    if (!isWalDatabase(request.path)) return { ...nothing, journal: "other" };
    const walBefore = exists(`${request.path}-wal`);
    const read = walBefore ? {} : readImmutable(request, unexpected);
    const walAppeared = walBefore || exists(`${request.path}-wal`);
    return { ...nothing, ...read, journal: "wal", walAppeared };
  } catch (error) {
    const fault = faultFor(named(error)) ?? bug(error, unexpected);
    return { ...nothing, journal: "wal", parts: allBroken(request.parts, fault) };
  }
}

/** Goes on with the history between the requests; nobody writes, so that it need not be slow. */
function readOn(): void {
  if (!opened || opened.history.isComplete || opened.version !== versionOf(opened.path)) return;
  runNow(opened.history.step(Date.now()), opened.query);
  between = setImmediate(readOn);
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

type ImmutableReading = LiveReading & Pick<StoppedAnswer, "examinations">;

function readImmutable(request: StoppedRequest, unexpected: string[]): ImmutableReading {
  guard ??= request.profile.isShipped
    ? untimed
    : guarded((section) => process.send?.({ began: section } satisfies BeganSelect));
  const { query, source, history } = open(request, guard);
  source.noteResting(request.resting);
  const context = { ...request, source, history, faultFor };
  const parts = request.parts.map((name) => [name, runNow(readPart(name, context, unexpected), query)]);
  return {
    parts: Object.fromEntries(parts) as PartReadings,
    highestKeys: runNow(history.highestKeys(), query),
    // Nothing was changed since the file was opened: what was read once is true now.
    historyAsOf: history.asOf(request.nowMs),
    ...(request.examine && {
      examinations: mappedSections(source).map((section) =>
        runNow(examineSection(section, context, EXPLANATION), query),
      ),
    }),
  };
}

/** An immutable connection never looks at the file's changes: another version is another connection. */
function open({ path, profile }: StoppedRequest, rowsOf: Guard): Opened {
  const version = versionOf(path);
  if (opened?.path === path && opened.version === version) return opened;
  opened?.database.close();
  opened = undefined;
  const url = pathToFileURL(path);
  url.searchParams.set("immutable", "1");
  const database = new DatabaseSync(url, { readOnly: true });
  database.exec("PRAGMA temp_store = MEMORY");
  const prepare = (sql: string) => {
    try {
      return database.prepare(sql);
    } catch (error) {
      throw named(error);
    }
  };
  const query: Query = (statement) => {
    const prepared = prepare(statement.sql);
    try {
      return rowsOf(prepared, statement);
    } catch (error) {
      throw named(error);
    }
  };
  const source = new Source(profile, SQLITE);
  source.noteFaults(
    checkProfile(source, {
      columnNames: (sql) =>
        prepare(sql)
          .columns()
          .map(({ name }) => name),
      // Within the parentheses that it is always run in, nothing but a SELECT is SQL at all.
      refuseWriting: (sql) => void prepare(`SELECT * FROM ${derivedTable(sql, "section")}`),
      explain: ({ sql, values }) => query({ sql: `EXPLAIN QUERY PLAN ${sql}`, values }),
    }),
  );
  opened = { path, version, database, query, source, history: newHistory(source) };
  return opened;
}

function versionOf(path: string): string {
  const file = statSync(path, { bigint: true, throwIfNoEntry: false });
  return `${file?.ino} ${file?.size} ${file?.mtimeNs} ${exists(`${path}-wal`)}`;
}

/** The error with the code's name, as better-sqlite3 gives it. */
function named(error: unknown): unknown {
  const { errcode } = error as { errcode?: unknown };
  if (typeof errcode !== "number") return error;
  return Object.assign(error as Error, { code: CODE_NAMES[errcode & 0xff] ?? "SQLITE_ERROR" });
}
