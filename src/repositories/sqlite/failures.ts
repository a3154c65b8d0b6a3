/** Maps errors of SQLite and the system to messages for an operator, without SQL or paths. Codes: sqlite.org/rescode.html. */
import { type FailureTable, failureIn, SourceError, type SourceFailure } from "../source-failure.ts";

const FAILURES: FailureTable = {
  unavailable: {
    "SQLITE_(BUSY|LOCKED)": "the database is locked by its writer; the next reading retries",
    SQLITE_READONLY_DIRECTORY: "the orchestrator is not running, and its database cannot be read until it is",
    SQLITE_IOERR: "the system failed to read the database's files: see the system's log",
    SQLITE_PROTOCOL: "the database's locks are busy; the next reading retries",
    SQLITE_SCHEMA: "the database is being migrated; the next reading retries",
    SQLITE_NOMEM: "not enough memory to read the database",
    SQLITE_FULL: "no space for the database's temporary data",
    "E[MN]FILE":
      "the service has no file descriptor left: raise its limit of open files (LimitNOFILE, ulimit -n)",
    ENOENT: "there is no database at the configured path yet; it is read once it appears",
  },
  data_loss: {
    SQLITE_NOTADB: "the file is not a SQLite database, or is encrypted",
    SQLITE_CORRUPT: "the database is damaged: restore it, or check it with the orchestrator stopped",
  },
  failed_precondition: {
    SQLITE_READONLY_ROLLBACK:
      "the orchestrator was killed during a write and left a hot journal: start it to repair the database",
    // These names come from the schema. An operator needs them.
    "SQLITE_ERROR no such (table|column): (?:\\w+\\.)?([\\w.]+)": "the database has no $1 $2",
    SQLITE_: "SQLite rejects the SELECT for the data in the database",
    SQLITE_TOOBIG: "the SELECT creates a text or blob that is too long for SQLite",
    ELOOP: "the database's path is a cycle of symbolic links",
    ENOTDIR: "a part of the database's path is not a folder",
  },
  permission_denied: {
    SQLITE_READONLY:
      "this user cannot use the database's shared-memory file: allow it to read the -wal and -shm files",
    SQLITE_CANTOPEN: "cannot open the database or its -wal or -shm file: allow this user to read all three",
    "SQLITE_(PERM|AUTH)": "this user cannot read the database: allow it to read the file",
    "(EACCES|EPERM)": "this user cannot access the database's folder: allow it to read the folder",
    ERR_ACCESS_DENIED:
      "Node's permission model prevents it: start the service as docs/operations.md describes",
  },
};

/** Returns the failure for an error of SQLite or the system, or undefined for any other error, which is a bug. */
export function toFailure(error: unknown): SourceFailure | undefined {
  if (error instanceof SourceError) return error.failure;
  const { code, message } = error as { code?: unknown; message?: unknown };
  const known = failureIn(FAILURES, code, message);
  // Other codes of the system, such as ESTALE: errno(3).
  if (known || !/^E[A-Z0-9]+$/.test(String(code))) return known;
  const words = `the system denies access to the database's files (${code})`;
  return { code: "unavailable", message: words };
}
