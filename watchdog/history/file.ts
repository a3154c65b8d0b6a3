/**
 * The SQLite file: documents as JSON, the points of each target at two levels as compressed JSON, and runs. All functions throw
 * SQLite's errors; the caller handles them.
 */
import { hash } from "node:crypto";
import { chmodSync, closeSync, existsSync, mkdirSync, openSync, renameSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { deflateRawSync, inflateRawSync } from "node:zlib";
import Database from "better-sqlite3";
import { OperatorError } from "../../shared/operator-error.ts";
import type { Change } from "./documents.ts";
import { openRunsTable, RUNS_SCHEMA } from "./runs-table.ts";

/** Single readings, and hourly points. */
export type Level = "raw" | "hour";

const APPLICATION_ID = 0x6f77_6474;
/** To be raised if a table or the form of a stored document changes. */
const VERSION = 4;

const SCHEMA = `
  CREATE TABLE documents (kind TEXT NOT NULL, key TEXT NOT NULL, text TEXT NOT NULL, digest TEXT NOT NULL,
    PRIMARY KEY (kind, key)) WITHOUT ROWID;
  CREATE TABLE raw (target TEXT NOT NULL, at INTEGER NOT NULL, text BLOB NOT NULL, digest TEXT NOT NULL);
  CREATE TABLE hour (target TEXT NOT NULL, at INTEGER NOT NULL, text BLOB NOT NULL, digest TEXT NOT NULL);
  CREATE INDEX raw_in_order ON raw (target, at);
  CREATE INDEX hour_in_order ON hour (target, at);
  ${RUNS_SCHEMA}`;

export type HistoryFile = ReturnType<typeof openHistoryFile>;

interface Row {
  readonly text: string | Buffer;
  readonly digest: string;
}

/** Rows that were changed or damaged from outside are skipped. */
const isIntact = ({ text, digest }: Row): boolean => digest === digestOf(text);
const digestOf = (text: unknown): string =>
  hash("sha256", Buffer.isBuffer(text) ? text : String(text)).slice(0, 16);

/** mkdirSync's own `recursive` never returns if a file system answers ENOENT, as /proc does (Node 24). */
function makeFolder(path: string): void {
  if (existsSync(path)) return;
  makeFolder(dirname(path));
  mkdirSync(path, 0o700);
}

/** Only the watchdog's user may read evidence and names. SQLite gives its other files the same permissions. */
function keepPrivate(path: string): void {
  // Opening a pipe might never end.
  if (statSync(path, { throwIfNoEntry: false })?.isFile() === false)
    throw new OperatorError(`${path} is not a regular file: choose another with --history`);
  closeSync(openSync(path, "a", 0o600));
  try {
    chmodSync(path, 0o600);
  } catch (error) {
    // The file belongs to another user, but this one may write it.
    if ((error as NodeJS.ErrnoException).code !== "EPERM") throw error;
  }
}

/** Renames a file of another version and returns the new name, or undefined if there was none. */
function setAside(path: string): string | undefined {
  const database = open(path);
  let version: number;
  try {
    version = versionOf(database, path);
  } finally {
    // This merges the write-ahead log.
    database.close();
  }
  if (version === 0 || version === VERSION) return undefined;
  let name = `${path}.version-${version}`;
  while (existsSync(name)) name += ".old";
  for (const end of ["-wal", ""]) if (existsSync(path + end)) renameSync(path + end, name + end);
  keepPrivate(path);
  return name;
}

/** Opens or creates the file; null: in memory. Throws if the file is another program's or in use. */
export function openHistoryFile(path: string | null, maxBytes: number) {
  if (path !== null) {
    makeFolder(dirname(path));
    keepPrivate(path);
  }
  const aside = path === null ? undefined : setAside(path);
  const database = open(path ?? ":memory:");
  try {
    prepare(database, path);
  } catch (error) {
    database.close();
    throw error;
  }
  const pragma = (name: string) => database.pragma(name, { simple: true }) as number;
  const pageSize = pragma("page_size");
  // The write-ahead log counts towards the configured size.
  database.pragma(`max_page_count = ${Math.floor((maxBytes * 0.9) / pageSize)}`);

  const runs = openRunsTable(database);
  const documents = database.prepare<[string], Row & Change>("SELECT * FROM documents WHERE kind = ?");
  const document = database.prepare<[string, string], Row & Change>(
    "SELECT * FROM documents WHERE kind = ? AND key = ?",
  );
  const putDocument = database.prepare("INSERT OR REPLACE INTO documents VALUES (?, ?, ?, ?)");
  const removeDocument = database.prepare("DELETE FROM documents WHERE kind = ? AND key = ?");
  // In one table, hours would lie between readings that are removed, in half-empty pages.
  const pointsOf = (level: Level) => ({
    insert: database.prepare(`INSERT INTO ${level} VALUES (?, ?, ?, ?)`),
    select: database.prepare<[string, number, number], Row>(
      `SELECT text, digest FROM ${level} WHERE target = ? AND at >= ? AND at < ? ORDER BY at`,
    ),
    remove: database.prepare(`DELETE FROM ${level} WHERE target = ? AND at < ?`),
    oldest: database
      .prepare<[string], number | null>(`SELECT min(at) FROM ${level} WHERE target = ?`)
      .pluck(),
  });
  const points = { raw: pointsOf("raw"), hour: pointsOf("hour") };

  return {
    /** The new name of a file of another version. */
    aside,
    runs,
    transaction: (work: () => void) => database.transaction(work)(),
    /** Returns the intact documents of a kind, or one of them. */
    documents: (kind: string, key?: string): readonly Change[] =>
      (key === undefined ? documents.all(kind) : document.all(kind, key)).filter(isIntact),
    damagedDocuments() {
      let damaged = 0;
      for (const row of database.prepare<[], Row>("SELECT * FROM documents").iterate())
        if (!isIntact(row)) damaged += 1;
      return damaged;
    },
    write({ kind, key, text }: Change) {
      if (text === null) removeDocument.run(kind, key);
      else putDocument.run(kind, key, text, digestOf(text));
    },
    /** Returns each target with the times of its first reading and its last hourly point. */
    targets: () =>
      database
        .prepare<[], { readonly target: string; readonly first: number; readonly hour: number | null }>(
          `SELECT target, min(at) AS first, max(hour) AS hour
           FROM (SELECT target, at, NULL AS hour FROM raw UNION ALL SELECT target, at, at FROM hour) GROUP BY target`,
        )
        .all(),
    insert(level: Level, target: string, at: number, text: string) {
      const packed = deflateRawSync(text);
      points[level].insert.run(target, at, packed, digestOf(packed));
    },
    /** Returns the intact texts, from `from` (inclusive) to `to` (exclusive). */
    select: (level: Level, target: string, from: number, to: number): readonly string[] =>
      points[level].select
        .all(target, from, to)
        .filter(isIntact)
        .map(({ text }) => inflateRawSync(text).toString()),
    remove: (level: Level, target: string, before: number) => void points[level].remove.run(target, before),
    oldest: (level: Level, target: string): number | undefined =>
      points[level].oldest.get(target) ?? undefined,
    /** The size of the pages in use. */
    usedBytes: () => (pragma("page_count") - pragma("freelist_count")) * pageSize,
    fileBytes: () => pragma("page_count") * pageSize,
    giveBack: (pages: number) => void database.pragma(`incremental_vacuum(${pages})`),
    close: () => void database.close(),
  };
}

/** Opens the file with an exclusive lock. */
function open(path: string): Database.Database {
  const database = new Database(path, { timeout: 1000 });
  // Only one watchdog may write the file. Without a shared-memory file, it can also be read while the disk is full.
  database.pragma("locking_mode = EXCLUSIVE");
  return database;
}

/** Returns 0 for a new file. */
function versionOf(database: Database.Database, path: string | null): number {
  const version = database.pragma("user_version", { simple: true }) as number;
  const owner = database.pragma("application_id", { simple: true }) as number;
  const isEmpty = database.prepare("SELECT 1 FROM sqlite_schema").get() === undefined;
  if (version > 0 ? owner !== APPLICATION_ID : !isEmpty)
    throw new OperatorError(`${path} is another program's database: choose another with --history`);
  return version;
}

/** Creates the tables in a new file. */
function prepare(database: Database.Database, path: string | null): void {
  const version = versionOf(database, path);
  // Hourly points of ten agents would leave a quarter of smaller pages empty.
  if (version === 0) database.exec("PRAGMA page_size = 8192; PRAGMA auto_vacuum = INCREMENTAL");
  database.pragma("journal_mode = WAL");
  database.pragma("synchronous = NORMAL");
  database.pragma("journal_size_limit = 4194304");
  database.pragma("wal_autocheckpoint = 512");
  if (version > 0) return;
  database.transaction(() => {
    database.exec(SCHEMA);
    database.pragma(`application_id = ${APPLICATION_ID}`);
    database.pragma(`user_version = ${VERSION}`);
  })();
}
