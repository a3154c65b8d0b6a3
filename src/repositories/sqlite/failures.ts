/**
 * The one list from what SQLite and the system say to what an operator can act on. No SQL, no path. Codes:
 * sqlite.org/rescode.html.
 */
import { type FailureTable, failureIn, SourceError, type SourceFailure } from "../source-failure.ts";

const FAILURES: FailureTable = {
  unavailable: {
    "SQLITE_(BUSY|LOCKED)": "the database is locked by its writer; the next reading tries again",
    SQLITE_READONLY_DIRECTORY: "the orchestrator is not running, and its database cannot be read without it",
    SQLITE_IOERR: "the system failed to read the database's files; its own log says more",
    SQLITE_PROTOCOL: "the database's locks are busy; the next reading tries again",
    SQLITE_SCHEMA: "the database is being migrated; the next reading tries again",
    SQLITE_NOMEM: "there is not enough memory to read the database",
    SQLITE_FULL: "there is no room for the database's temporary data",
    "E[MN]FILE":
      "the service has no file descriptor left: raise its limit of open files (LimitNOFILE, ulimit -n)",
    ENOENT: "there is no database at the configured path yet; it is read as soon as it is there",
  },
  data_loss: {
    SQLITE_NOTADB: "the file is no SQLite database, or an encrypted one",
    SQLITE_CORRUPT: "the database is damaged: restore it, or check it with the orchestrator stopped",
  },
  failed_precondition: {
    SQLITE_READONLY_ROLLBACK:
      "the orchestrator was killed within a write (a hot journal is there); only its next start can repair the database",
    // Names of the schema, which an operator needs.
    "SQLITE_ERROR no such (table|column): (?:\\w+\\.)?([\\w.]+)": "the database has no $1 $2",
    SQLITE_: "SQLite does not accept the SELECT over what the database holds",
    SQLITE_TOOBIG: "the SELECT makes a text or a blob that is too long for SQLite",
    ELOOP: "the database's path is a circle of symbolic links",
    ENOTDIR: "the database's path leads through something that is no folder",
  },
  permission_denied: {
    SQLITE_READONLY:
      "the database's shared-memory file cannot be used by this user: let the service read the -wal and -shm files",
    SQLITE_CANTOPEN:
      "the database or its -wal or -shm file cannot be opened: let the service's user read all three",
    "SQLITE_(PERM|AUTH)": "the service's user may not read the database",
    "(EACCES|EPERM)": "the service's user may not look into the database's folder",
    ERR_ACCESS_DENIED:
      "Node's permission model keeps the service from it: start it as docs/operations.md does",
  },
};

/** The failure for an error of SQLite or the system; undefined for anything else, which is a bug. */
export function toFailure(error: unknown): SourceFailure | undefined {
  if (error instanceof SourceError) return error.failure;
  const { code, message } = error as { code?: unknown; message?: unknown };
  const known = failureIn(FAILURES, code, message);
  // The system's own codes, such as ESTALE: errno(3).
  if (known || !/^E[A-Z0-9]+$/.test(String(code))) return known;
  const words = `the system does not let the service look at the database's files (${code})`;
  return { code: "unavailable", message: words };
}
