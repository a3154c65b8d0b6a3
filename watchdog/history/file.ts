/**
 * The SQLite file: documents, and points of each target at three levels. Everything here throws SQLite's errors; who
 * calls decides what they mean.
 */
import { hash } from "node:crypto";
import { chmodSync, closeSync, existsSync, mkdirSync, openSync } from "node:fs";
import { dirname } from "node:path";
import Database from "better-sqlite3";
import { OperatorError } from "../../shared/operator-error.ts";
import type { Change } from "./documents.ts";

/** Each reading, one a minute, one an hour. */
export type Level = 0 | 1 | 2;
export const LEVELS: readonly Level[] = [0, 1, 2];

const APPLICATION_ID = 0x6f77_6474;
const VERSION = 2;

const SCHEMA = `
  CREATE TABLE documents (kind TEXT NOT NULL, key TEXT NOT NULL, text TEXT NOT NULL, digest TEXT NOT NULL,
    PRIMARY KEY (kind, key)) WITHOUT ROWID;
  CREATE TABLE targets (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE,
    minutes_until INTEGER NOT NULL DEFAULT 0, hours_until INTEGER NOT NULL DEFAULT 0);
  CREATE TABLE points_0 (id INTEGER PRIMARY KEY, data TEXT NOT NULL);
  CREATE TABLE points_1 (id INTEGER PRIMARY KEY, data TEXT NOT NULL);
  CREATE TABLE points_2 (id INTEGER PRIMARY KEY, data TEXT NOT NULL);
`;

export interface StoredPoint {
  readonly at: number;
  readonly data: string;
}

export interface StoredTarget {
  readonly id: number;
  readonly name: string;
  /** Points before are at the level of minutes, or of hours; milliseconds. */
  readonly minutes_until: number;
  readonly hours_until: number;
}

export type HistoryFile = ReturnType<typeof openHistoryFile>;

/** A target's points lie together, in the order of time: id = target × 2^35 + tenths of a second. */
const TENTHS = 2 ** 35;
const idOf = (target: number, at: number): number => target * TENTHS + Math.floor(at / 100);
const timeOf = (id: number): number => (id % TENTHS) * 100;

interface StoredDocument {
  readonly kind: string;
  readonly key: string;
  readonly text: string;
  readonly digest: string;
}

/** A document that was changed or damaged outside is left out: whatever it holds, nothing may stumble over it. */
const digestOf = (text: unknown): string => hash("sha256", String(text)).slice(0, 16);

/** mkdirSync's own `recursive` never returns where a file system answers ENOENT, as /proc does (Node 24). */
function makeFolder(path: string): void {
  if (existsSync(path)) return;
  makeFolder(dirname(path));
  mkdirSync(path, 0o700);
}

/** Evidence and names are for the watchdog's user alone; SQLite gives the files beside it the same rights. */
function keepPrivate(path: string): void {
  closeSync(openSync(path, "a", 0o600));
  try {
    chmodSync(path, 0o600);
  } catch (error) {
    // Another user's file that this one may write.
    if ((error as NodeJS.ErrnoException).code !== "EPERM") throw error;
  }
}

/** Creates it where there is none; null: in memory. Throws for another program's file, and for one in use. */
export function openHistoryFile(path: string | null, maxBytes: number) {
  if (path !== null) {
    makeFolder(dirname(path));
    keepPrivate(path);
  }
  const database = new Database(path ?? ":memory:", { timeout: 1000 });
  try {
    // Only one watchdog may write it; and without the shared memory file, a full disk can still be read.
    database.pragma("locking_mode = EXCLUSIVE");
    const version = database.pragma("user_version", { simple: true }) as number;
    const owner = database.pragma("application_id", { simple: true }) as number;
    if (version > 0 && (version !== VERSION || owner !== APPLICATION_ID))
      throw new OperatorError(`${path} is not a history of this version of orch-watchdog`);
    if (version === 0) {
      if (database.prepare("SELECT 1 FROM sqlite_schema").get() !== undefined)
        throw new OperatorError(`${path} is another program's database`);
      database.pragma("auto_vacuum = INCREMENTAL");
    }
    database.pragma("journal_mode = WAL");
    database.pragma("synchronous = NORMAL");
    database.pragma("journal_size_limit = 4194304");
    if (version === 0) {
      database.transaction(() => {
        database.exec(SCHEMA);
        database.pragma(`application_id = ${APPLICATION_ID}`);
        database.pragma(`user_version = ${VERSION}`);
      })();
    }
  } catch (error) {
    database.close();
    throw error;
  }
  const pageSize = database.pragma("page_size", { simple: true }) as number;
  // The write-ahead log lies beside it and is part of the size that was asked for.
  database.pragma(`max_page_count = ${Math.floor((maxBytes * 0.9) / pageSize)}`);

  const pragma = (name: string) => database.pragma(name, { simple: true }) as number;
  const byLevel = <T>(make: (table: string) => T) => LEVELS.map((level) => make(`points_${level}`));
  const insert = byLevel((table) => database.prepare(`INSERT OR REPLACE INTO ${table} VALUES (?, ?)`));
  const select = byLevel((table) =>
    database.prepare<[number, number], { id: number; data: string }>(
      `SELECT id, data FROM ${table} WHERE id >= ? AND id < ? ORDER BY id`,
    ),
  );
  const remove = byLevel((table) => database.prepare(`DELETE FROM ${table} WHERE id >= ? AND id < ?`));
  const first = byLevel((table) =>
    database
      .prepare<[number, number], number>(
        `SELECT id FROM ${table} WHERE id >= ? AND id < ? ORDER BY id LIMIT 1`,
      )
      .pluck(),
  );
  const putDocument = database.prepare("INSERT OR REPLACE INTO documents VALUES (?, ?, ?, ?)");
  const removeDocument = database.prepare("DELETE FROM documents WHERE kind = ? AND key = ?");

  return {
    transaction: (work: () => void) => database.transaction(work)(),
    /** Those that are as they were written; `damaged` counts the others. */
    documents() {
      const rows = database.prepare<[], StoredDocument>("SELECT * FROM documents").all();
      const intact = rows.filter(({ text, digest }) => digest === digestOf(text));
      return { intact, damaged: rows.length - intact.length };
    },
    write({ kind, key, text }: Change) {
      if (text === null) removeDocument.run(kind, key);
      else putDocument.run(kind, key, text, digestOf(text));
    },
    targets: () => database.prepare<[], StoredTarget>("SELECT * FROM targets").all(),
    addTarget(name: string): number {
      database.prepare("INSERT OR IGNORE INTO targets (name) VALUES (?)").run(name);
      return database
        .prepare<[string], number>("SELECT id FROM targets WHERE name = ?")
        .pluck()
        .get(name) as number;
    },
    setRolled(target: number, minutesUntil: number, hoursUntil: number) {
      database
        .prepare("UPDATE targets SET minutes_until = ?, hours_until = ? WHERE id = ?")
        .run(minutesUntil, hoursUntil, target);
    },
    insert: (level: Level, target: number, at: number, data: string) =>
      void insert[level]?.run(idOf(target, at), data),
    /** From, up to and without `to`. */
    select: (level: Level, target: number, from: number, to: number): readonly StoredPoint[] =>
      (select[level]?.all(idOf(target, from), idOf(target, to)) ?? []).map(({ id, data }) => ({
        at: timeOf(id),
        data,
      })),
    remove: (level: Level, target: number, from: number, to: number) =>
      void remove[level]?.run(idOf(target, from), idOf(target, to)),
    oldest(level: Level, target: number): number | undefined {
      const id = first[level]?.get(idOf(target, 0), idOf(target + 1, 0));
      return id === undefined ? undefined : timeOf(id);
    },
    /** Of pages that hold something. */
    usedBytes: () => (pragma("page_count") - pragma("freelist_count")) * pageSize,
    fileBytes: () => pragma("page_count") * pageSize,
    giveBack: (pages: number) => void database.pragma(`incremental_vacuum(${pages})`),
    close: () => void database.close(),
  };
}
