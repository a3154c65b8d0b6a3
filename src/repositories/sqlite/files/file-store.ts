/** The files that a profile names, as a store: tables of an in-memory SQLite database, updated in bounded batches. */
import { statSync } from "node:fs";
import { DatabaseSync, type StatementSync } from "node:sqlite";
import type { FileTable } from "../../../profiles/file-tables.ts";
import { SourceError, type SourceFailure, STILL_READING } from "../../source-failure.ts";
import { type Connection, openTables } from "../connection.ts";
import type { StatementRunner } from "../statement-runner.ts";
import type { OpenStore, Store } from "../store.ts";
import {
  type FileRow,
  findFiles,
  isJsonLines,
  type KnownFile,
  readJsonFile,
  readLines,
} from "./json-files.ts";

/** Bytes that a reading takes in before it responds, and those of each step between readings. */
const READING_BYTES = 4 * 1024 * 1024;
const STEP_BYTES = 1024 * 1024;

/** The rows are held in memory. If there are more, those of the most recently changed files are kept. */
const MOST_BYTES = 12 * 1024 * 1024;

interface LoadedTable {
  readonly table: FileTable;
  readonly known: Map<string, KnownFile>;
  readonly putFile: StatementSync;
  readonly putRow: StatementSync;
  readonly remove: StatementSync;
  /** The share of its files that was read, 0 to 1, if the last look ended early. */
  progress: number | undefined;
}

export class FileStore implements Store {
  opened: OpenStore | undefined;
  readonly #folder: string;
  readonly #database = new DatabaseSync(":memory:", { readBigInts: true });
  readonly #tables: readonly LoadedTable[];
  readonly #used = this.#database.prepare(
    "SELECT (page_count - freelist_count) * page_size AS bytes FROM pragma_page_count, pragma_freelist_count, pragma_page_size",
  );
  readonly #connection: Connection;
  /** Changes with every changed row. */
  #revision = 0;

  constructor(tables: readonly FileTable[], folder: string, runner: StatementRunner) {
    this.#folder = folder;
    this.#tables = tables.map((table) => this.#create(table));
    this.#connection = openTables(this.#database, runner);
  }

  open(): OpenStore {
    const identity = this.#identity();
    if (this.opened?.identity !== identity)
      this.opened = {
        connection: this.#connection,
        identity,
        holdsLock: false,
        isFixed: false,
        version: () => this.#revision,
        confirm() {},
      };
    this.#refresh(READING_BYTES);
    return this.opened;
  }

  /** Keeps what was read, since reading it again would cost more than the memory. */
  close(): void {}

  step(): boolean {
    return this.isIncomplete && this.#refresh(STEP_BYTES);
  }

  /** Returns device and inode of the folder. Throws SourceError if it does not exist. */
  #identity(): string {
    const found = statSync(this.#folder, { throwIfNoEntry: false });
    if (!found)
      throw SourceError.of(
        "unavailable",
        "the profile's folder does not exist yet; it is read once it appears",
      );
    if (!found.isDirectory())
      throw SourceError.of(
        "failed_precondition",
        "the path is not a folder, but the profile reads files of a folder",
      );
    return `${found.dev}:${found.ino}`;
  }

  /** Reads changes, up to about `bytes` bytes. Returns whether more is left. */
  #refresh(bytes: number): boolean {
    const database = this.#database;
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

  /** Returns why a SELECT that names a table cannot be run yet, or undefined. */
  unread(sql: string): SourceFailure | undefined {
    const names = ({ table }: LoadedTable) => new RegExp(`\\b${table.name}\\b`, "i").test(sql);
    const unread = this.#tables.find((loaded) => loaded.progress !== undefined && names(loaded));
    if (unread?.progress === undefined) return undefined;
    const percent = Math.floor(unread.progress * 100);
    const message = `the table ${unread.table.name} ${STILL_READING} from its files: ${percent} % so far`;
    return { code: "unavailable", message, progress: unread.progress };
  }

  #create(table: FileTable): LoadedTable {
    const database = this.#database;
    const { name, columns, unique, indexed } = table;
    const names = columns.map((column) => `"${column.name}"`);
    const [files, rows] = [`"files of ${name}"`, `"rows of ${name}"`];
    // Stores each path once, however many rows its file has. No column of a profile begins with an underscore.
    database.exec(`
      CREATE TABLE ${files} (_file INTEGER PRIMARY KEY, path TEXT UNIQUE, modified_at REAL, size INTEGER);
      CREATE TABLE ${rows} (id INTEGER PRIMARY KEY, _file INTEGER, line INTEGER, ${names.join(", ")}
        ${unique === undefined ? "" : `, UNIQUE ("${unique}")`});
      CREATE VIEW "${name}" AS SELECT id, path, modified_at, size, line, ${names.join(", ")} FROM ${rows} JOIN ${files} USING (_file)`);
    for (const column of new Set(["_file", ...indexed]))
      database.exec(`CREATE INDEX "${name} by ${column}" ON ${rows} ("${column}")`);
    const put = ["_file", "line", ...names];
    return {
      table,
      known: new Map(),
      putFile: database.prepare(
        `INSERT INTO ${files} (path, modified_at, size) VALUES (?, ?, ?)
         ON CONFLICT (path) DO UPDATE SET modified_at = excluded.modified_at, size = excluded.size RETURNING _file`,
      ),
      putRow: database.prepare(
        `INSERT OR REPLACE INTO ${rows} (${put.join(", ")}) VALUES (${put.map(() => "?").join(", ")})`,
      ),
      remove: database.prepare(
        `DELETE FROM ${rows} WHERE _file = (SELECT _file FROM ${files} WHERE path = ?)`,
      ),
      progress: 1,
    };
  }

  /** Returns the number of bytes read. */
  #refreshTable(loaded: LoadedTable, bytes: number): number {
    const { table, known } = loaded;
    const found = findFiles(this.#folder, table.glob);
    const paths = new Set(found.map(({ path }) => path));
    for (const path of known.keys()) if (!paths.has(path)) this.#forget(loaded, path);
    let read = 0;
    for (const file of found) {
      if (read > bytes) break;
      try {
        read += this.#readFile(loaded, file, bytes - read);
      } catch {
        // Removed since it was found, or not readable for this user: it has no rows.
        this.#forget(loaded, file.path);
        known.set(file.path, { ...file, offset: file.size });
      }
    }
    const total = found.reduce((sum, { size }) => sum + size, 0);
    const unreadIn = ({ path, size }: KnownFile) => size - Math.min(size, known.get(path)?.offset ?? 0);
    const unread = found.reduce((sum, file) => sum + unreadIn(file), 0);
    this.#dropOldest(loaded, found);
    loaded.progress = unread > 0 && read > bytes ? 1 - unread / total : undefined;
    return read;
  }

  /** Drops the rows of the least recently changed files while the rows take too much memory. */
  #dropOldest(loaded: LoadedTable, found: readonly KnownFile[]): void {
    for (const file of found.toReversed()) {
      if (Number(this.#used.get()?.bytes) <= MOST_BYTES) return;
      this.#forget(loaded, file.path);
      loaded.known.set(file.path, { ...file, offset: file.size });
    }
  }

  /** Reads up to about `bytes` bytes of what a file has beyond what is known. Returns their number. */
  #readFile(loaded: LoadedTable, found: KnownFile, bytes: number): number {
    const { table, known, remove } = loaded;
    const isLines = isJsonLines(table);
    let file = known.get(found.path);
    const isSame = file?.size === found.size && file.modifiedMs === found.modifiedMs;
    const isContinued = isLines ? found.size >= (file?.offset ?? 0) : isSame;
    if (file?.identity === found.identity && isContinued)
      Object.assign(file, { size: found.size, modifiedMs: found.modifiedMs });
    else {
      if (isLines) this.#forget(loaded, found.path);
      file = { ...found };
      known.set(found.path, file);
    }
    const began = file.offset;
    while (file.offset < file.size && file.offset - began <= bytes) {
      const before = file.offset;
      const rows = isLines ? readLines(file, table) : readJsonFile(file, table);
      // A JSON file may be half written. Its previous row is kept until it changes again and is complete.
      if (!isLines && rows.length > 0) remove.run(file.path);
      this.#put(loaded, file, rows);
      // The last line is not complete yet.
      if (file.offset === before) break;
    }
    return file.offset - began;
  }

  #put(
    { putFile, putRow }: LoadedTable,
    { path, modifiedMs, size }: KnownFile,
    rows: readonly FileRow[],
  ): void {
    if (rows.length === 0) return;
    const id = putFile.get(path, modifiedMs, size)?._file as bigint;
    for (const { line, values } of rows) putRow.run(id, line, ...values);
    this.#revision += 1;
  }

  #forget({ known, remove }: LoadedTable, path: string): void {
    if (!known.delete(path)) return;
    remove.run(path);
    this.#revision += 1;
  }
}
