/** The rows of files as tables of an in-memory SQLite database, kept up to date a bounded piece at a time. */
import { statSync } from "node:fs";
import { DatabaseSync, type StatementSync } from "node:sqlite";
import type { FileTable } from "../../../profiles/file-tables.ts";
import { SourceError, type SourceFailure, STILL_READING } from "../../source-failure.ts";
import {
  FILE_BOUNDS,
  type FileBounds,
  type FileRow,
  findFiles,
  isJsonLines,
  type KnownFile,
  readJsonFile,
  readLines,
} from "./json-files.ts";

/** At least as long as the longest line. */
const PIECE_BYTES = FILE_BOUNDS.lineBytes;

/** Beyond it the older files of a table are not read: the rows stand in memory. */
const MOST_ROWS = 200_000;

interface LoadedTable {
  readonly table: FileTable;
  readonly known: Map<string, KnownFile>;
  readonly put: StatementSync;
  readonly remove: StatementSync;
  readonly count: StatementSync;
  /** 0 to 1: how much of its files was read when a look ended before all was. */
  progress: number | undefined;
}

export class FileTables {
  readonly database = new DatabaseSync(":memory:", { readBigInts: true });
  /** Changes with every row that does. */
  revision = 0;
  readonly #folder: string;
  readonly #bounds: FileBounds;
  readonly #tables: readonly LoadedTable[];

  constructor(tables: readonly FileTable[], folder: string, bounds = FILE_BOUNDS) {
    this.#folder = folder;
    this.#bounds = bounds;
    this.#tables = tables.map((table) => this.#create(table));
  }

  /** Device and inode of the folder. Throws a SourceError if it is not there. */
  identity(): string {
    const found = statSync(this.#folder, { throwIfNoEntry: false });
    if (!found)
      throw SourceError.of("unavailable", "the profile's folder is not there yet; it is read once it is");
    if (!found.isDirectory())
      throw SourceError.of(
        "failed_precondition",
        "the path is no folder, and the profile reads the files of one",
      );
    return `${found.dev}:${found.ino}`;
  }

  /** Takes in what changed, reading at most about so many bytes. Returns whether more is left. */
  refresh(bytes: number): boolean {
    const { database } = this;
    database.exec("PRAGMA query_only = 0; BEGIN");
    try {
      let left = bytes;
      for (const loaded of this.#tables) left -= this.#refreshTable(loaded, left);
    } finally {
      database.exec("COMMIT; PRAGMA query_only = 1");
    }
    return this.isIncomplete;
  }

  get isIncomplete(): boolean {
    return this.#tables.some(({ progress }) => progress !== undefined);
  }

  /** Why a SELECT that names a table cannot be run yet. */
  unread(sql: string): SourceFailure | undefined {
    const names = ({ table }: LoadedTable) => new RegExp(`\\b${table.name}\\b`, "i").test(sql);
    const unread = this.#tables.find((loaded) => loaded.progress !== undefined && names(loaded));
    if (unread?.progress === undefined) return undefined;
    const percent = Math.floor(unread.progress * 100);
    const message = `the table ${unread.table.name} ${STILL_READING} from its files: ${percent} % so far`;
    return { code: "unavailable", message, progress: unread.progress };
  }

  #create(table: FileTable): LoadedTable {
    const { database } = this;
    const { name, columns, unique, indexed } = table;
    const names = columns.map((column) => `"${column.name}"`);
    database.exec(`CREATE TABLE "${name}" (id INTEGER PRIMARY KEY, path TEXT, modified_at REAL, size INTEGER, line INTEGER
      ${names.map((column) => `, ${column}`).join("")}${unique === undefined ? "" : `, UNIQUE ("${unique}")`});
      ${["path", ...indexed].map((column) => `CREATE INDEX "${name} ${column}" ON "${name}" ("${column}")`).join("; ")}`);
    const all = ["path", "modified_at", "size", "line", ...names];
    const marks = all.map(() => "?").join(", ");
    return {
      table,
      known: new Map(),
      put: database.prepare(`INSERT OR REPLACE INTO "${name}" (${all.join(", ")}) VALUES (${marks})`),
      remove: database.prepare(`DELETE FROM "${name}" WHERE path = ?`),
      count: database.prepare(`SELECT count(*) AS rows FROM "${name}"`),
      progress: 1,
    };
  }

  /** Returns how many bytes were read. */
  #refreshTable(loaded: LoadedTable, bytes: number): number {
    const { table, known } = loaded;
    const found = findFiles(this.#folder, table.glob, this.#bounds);
    const paths = new Set(found.map(({ path }) => path));
    for (const path of known.keys()) if (!paths.has(path)) this.#forget(loaded, path);
    let read = 0;
    for (const file of found) {
      if (read > bytes) break;
      try {
        read += isJsonLines(table)
          ? this.#readLines(loaded, file, bytes - read)
          : this.#readFile(loaded, file);
      } catch {
        // Removed since it was found, or not for this user's eyes: it has no rows.
        this.#forget(loaded, file.path);
        known.set(file.path, { ...file, offset: file.size });
      }
    }
    const total = found.reduce((sum, { size }) => sum + size, 0);
    const unread = isJsonLines(table)
      ? found.reduce((sum, file) => sum + this.#unreadBytes(loaded, file), 0)
      : 0;
    const isFull = Number(loaded.count.get()?.rows) >= MOST_ROWS;
    loaded.progress = unread > 0 && read > bytes && !isFull ? 1 - unread / total : undefined;
    return read;
  }

  #unreadBytes({ known }: LoadedTable, { path, size }: KnownFile): number {
    return size - Math.min(size, known.get(path)?.offset ?? 0);
  }

  #readFile(loaded: LoadedTable, file: KnownFile): number {
    const before = loaded.known.get(file.path);
    if (before && isSame(before, file)) return 0;
    const row = readJsonFile(file, loaded.table, this.#bounds);
    // Half of it is written: what it said before holds until it is whole.
    if (!row) return file.size;
    this.#forget(loaded, file.path);
    this.#put(loaded, file, [row]);
    loaded.known.set(file.path, file);
    return file.size;
  }

  #readLines(loaded: LoadedTable, found: KnownFile, bytes: number): number {
    let file = loaded.known.get(found.path);
    if (file && isSame(file, found)) {
      if (file.offset >= file.size) return 0;
    } else if (file?.identity === found.identity && found.size >= file.offset)
      Object.assign(file, { size: found.size, modifiedMs: found.modifiedMs });
    else {
      this.#forget(loaded, found.path);
      file = { ...found };
      loaded.known.set(found.path, file);
    }
    const began = file.offset;
    while (file.offset < file.size && file.offset - began <= bytes) {
      const before = file.offset;
      this.#put(loaded, file, readLines(file, loaded.table, PIECE_BYTES, this.#bounds));
      // The last line is not whole yet.
      if (file.offset === before) break;
    }
    return file.offset - began;
  }

  #put({ put }: LoadedTable, file: KnownFile, rows: readonly FileRow[]): void {
    for (const { line, values } of rows) put.run(file.path, file.modifiedMs, file.size, line, ...values);
    if (rows.length > 0) this.revision += 1;
  }

  #forget({ known, remove }: LoadedTable, path: string): void {
    if (!known.delete(path)) return;
    remove.run(path);
    this.revision += 1;
  }
}

function isSame(before: KnownFile, now: KnownFile): boolean {
  return before.identity === now.identity && before.size === now.size && before.modifiedMs === now.modifiedMs;
}
