/**
 * The one list from what SQLite and the system say to what an operator can act on. No SQL, no path. Codes:
 * sqlite.org/rescode.html.
 */
import { SourceError, type SourceFailure } from "../source-failure.ts";

const NO_DESCRIPTOR: SourceFailure = {
  code: "unavailable",
  message: "the service has no file descriptor left: raise its limit of open files (LimitNOFILE, ulimit -n)",
};

const FAILURES: readonly (readonly [prefix: string, failure: SourceFailure])[] = [
  [
    "SQLITE_BUSY",
    { code: "unavailable", message: "the database is locked by its writer; the next reading tries again" },
  ],
  [
    "SQLITE_LOCKED",
    { code: "unavailable", message: "the database is locked by its writer; the next reading tries again" },
  ],
  ["SQLITE_NOTADB", { code: "data_loss", message: "the file is no SQLite database, or an encrypted one" }],
  [
    "SQLITE_CORRUPT",
    {
      code: "data_loss",
      message: "the database is damaged: restore it, or check it with the orchestrator stopped",
    },
  ],
  [
    "SQLITE_READONLY_ROLLBACK",
    {
      code: "failed_precondition",
      message:
        "the orchestrator was killed within a write (a hot journal is there); only its next start can repair the database",
    },
  ],
  [
    "SQLITE_READONLY_DIRECTORY",
    {
      code: "unavailable",
      message: "the orchestrator is not running, and its database cannot be read without it",
    },
  ],
  [
    "SQLITE_READONLY",
    {
      code: "permission_denied",
      message:
        "the database's shared-memory file cannot be used by this user: let the service read the -wal and -shm files",
    },
  ],
  [
    "SQLITE_CANTOPEN",
    {
      code: "permission_denied",
      message:
        "the database or its -wal or -shm file cannot be opened: let the service's user read all three",
    },
  ],
  ["SQLITE_PERM", { code: "permission_denied", message: "the service's user may not read the database" }],
  ["SQLITE_AUTH", { code: "permission_denied", message: "the service's user may not read the database" }],
  [
    "SQLITE_IOERR",
    { code: "unavailable", message: "the system failed to read the database's files; its own log says more" },
  ],
  [
    "SQLITE_PROTOCOL",
    { code: "unavailable", message: "the database's locks are busy; the next reading tries again" },
  ],
  [
    "SQLITE_SCHEMA",
    { code: "unavailable", message: "the database is being migrated; the next reading tries again" },
  ],
  ["SQLITE_NOMEM", { code: "unavailable", message: "there is not enough memory to read the database" }],
  [
    "SQLITE_TOOBIG",
    { code: "failed_precondition", message: "the SELECT makes a text or a blob that is too long for SQLite" },
  ],
  ["SQLITE_FULL", { code: "unavailable", message: "there is no room for the database's temporary data" }],
  [
    "EACCES",
    { code: "permission_denied", message: "the service's user may not look into the database's folder" },
  ],
  [
    "EPERM",
    { code: "permission_denied", message: "the service's user may not look into the database's folder" },
  ],
  ["EMFILE", NO_DESCRIPTOR],
  ["ENFILE", NO_DESCRIPTOR],
  [
    "ERR_ACCESS_DENIED",
    {
      code: "permission_denied",
      message: "Node's permission model keeps the service from it: start it as docs/operations.md does",
    },
  ],
  ["ELOOP", { code: "failed_precondition", message: "the database's path is a circle of symbolic links" }],
  [
    "ENOENT",
    {
      code: "unavailable",
      message: "there is no database at the configured path yet; it is read as soon as it is there",
    },
  ],
  [
    "ENOTDIR",
    { code: "failed_precondition", message: "the database's path leads through something that is no folder" },
  ],
];

/** `no such table: jobs`, `no such column: v`: names of the schema, which an operator needs. */
const MISSING = /^no such (table|column): (?:\w+\.)?([\w.]+)/;

/** The failure for an error of SQLite or the system; undefined for anything else, which is a bug. */
export function toFailure(error: unknown): SourceFailure | undefined {
  if (error instanceof SourceError) return error.failure;
  const { code, message } = error as { code?: unknown; message?: unknown };
  if (typeof code !== "string") return undefined;
  const known = FAILURES.find(([prefix]) => code.startsWith(prefix));
  if (known) return known[1];
  // The system's own codes, such as ESTALE: errno(3).
  if (/^E[A-Z0-9]+$/.test(code)) {
    const message = `the system does not let the service look at the database's files (${code})`;
    return { code: "unavailable", message };
  }
  if (!code.startsWith("SQLITE_")) return undefined;
  const missing = MISSING.exec(String(message));
  if (missing) {
    return { code: "failed_precondition", message: `the database has no ${missing[1]} ${missing[2]}` };
  }
  return {
    code: "failed_precondition",
    message: "SQLite does not accept the profile's SELECT over what the database holds",
  };
}
