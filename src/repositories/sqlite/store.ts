/** What the reader process reads: a database file, or tables built from other files. */
import type { SourceFailure } from "../source-failure.ts";
import type { Connection } from "./connection.ts";

export interface Store {
  /** Opens it, or returns the open one if it is still valid. Throws the system's or SQLite's error, or SourceError. */
  open(): OpenStore;
  /** Undefined while it is closed. */
  readonly opened: OpenStore | undefined;
  close(): void;
  /** For rows that are read in batches: whether some are missing. */
  readonly isIncomplete?: boolean;
  /** Reads the next batch. Returns false if nothing is left. */
  step?(): boolean;
  /** Returns why this SELECT cannot be run yet, or undefined. */
  unread?(sql: string): SourceFailure | undefined;
}

export interface OpenStore {
  readonly connection: Connection;
  /** Changes if the database is another one. */
  readonly identity: string;
  /** Whether reading blocks a writer's commits. */
  readonly holdsLock: boolean;
  /** Whether it cannot change while it is open. */
  readonly isFixed: boolean;
  /** Changes with each change of the data. */
  version(): unknown;
  /** Throws SourceError if what was read meanwhile is invalid. */
  confirm(): void;
  /** Whether the profile fits, or was checked since the file was opened. */
  isChecked?: boolean;
  /** The `version()` of the last reading. */
  readVersion?: unknown;
}
