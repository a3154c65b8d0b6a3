/** What the reading process reads from: a database file as it stands, or tables that are made of other files. */
import type { SourceFailure } from "../source-failure.ts";
import type { Connection } from "./connection.ts";

export interface Store {
  /** Opens it, or gives what is open if that is still right. Throws the system's or SQLite's error, or a SourceError. */
  open(): OpenStore;
  /** Undefined while it is closed. */
  readonly opened: OpenStore | undefined;
  close(): void;
  /** Whether rows are missing that are read in pieces. */
  readonly isIncomplete: boolean;
  /** Takes in more of what is read in pieces; false if nothing is left. */
  step(): boolean;
  /** Why this SELECT cannot be run yet. */
  unread(sql: string): SourceFailure | undefined;
}

export interface OpenStore {
  readonly connection: Connection;
  /** Another one means another database. */
  readonly identity: string;
  /** Whether reading holds up a writer's commits. */
  readonly holdsLock: boolean;
  /** Whether it can change while it is open. */
  readonly isFixed: boolean;
  /** Another one after each change. */
  version(): unknown;
  /** Throws a SourceError if what was read meanwhile is void. */
  confirm(): void;
  /** `PRAGMA schema_version` for which the profile was checked. */
  checkedSchema: unknown;
  /** `version()` of the last reading. */
  readVersion: unknown;
}
