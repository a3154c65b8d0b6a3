/** The files that a profile names, as a store to read. */
import type { FileTable } from "../../../profiles/file-tables.ts";
import type { SourceFailure } from "../../source-failure.ts";
import { openTables } from "../connection.ts";
import type { StatementRunner } from "../statement-runner.ts";
import type { OpenStore, Store } from "../store.ts";
import { FileTables } from "./file-tables.ts";

/** Bytes that a reading takes in before it responds, and those of each step between readings. */
const READING_BYTES = 4 * 1024 * 1024;
const STEP_BYTES = 1024 * 1024;

export class FileStore implements Store {
  readonly #tables: readonly FileTable[];
  readonly #folder: string;
  readonly #runner: StatementRunner;
  #loaded: { readonly tables: FileTables; readonly opened: OpenStore } | undefined;

  constructor(tables: readonly FileTable[], folder: string, runner: StatementRunner) {
    this.#tables = tables;
    this.#folder = folder;
    this.#runner = runner;
  }

  get opened(): OpenStore | undefined {
    return this.#loaded?.opened;
  }

  /** Keeps what was read, since reading it again would cost more than the memory. */
  open(): OpenStore {
    this.#loaded ??= this.#load();
    const { tables, opened } = this.#loaded;
    if (tables.identity() !== opened.identity) {
      opened.connection.close();
      this.#loaded = undefined;
      return this.open();
    }
    tables.refresh(READING_BYTES);
    return opened;
  }

  close(): void {}

  get isIncomplete(): boolean {
    return this.#loaded?.tables.isIncomplete === true;
  }

  step(): boolean {
    return this.isIncomplete && this.#loaded?.tables.refresh(STEP_BYTES) === true;
  }

  unread(sql: string): SourceFailure | undefined {
    return this.#loaded?.tables.unread(sql);
  }

  #load() {
    const tables = new FileTables(this.#tables, this.#folder);
    const opened: OpenStore = {
      connection: openTables(tables.database, this.#runner),
      identity: tables.identity(),
      holdsLock: false,
      isFixed: false,
      version: () => tables.revision,
      confirm() {},
      checkedSchema: undefined,
      readVersion: undefined,
    };
    return { tables, opened };
  }
}
