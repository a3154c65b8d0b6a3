/**
 * The one list from what PostgreSQL and the network say to what an operator can act on. No SQL, no address, no
 * password. Codes: the appendix "PostgreSQL Error Codes".
 */
import { OperatorError } from "../../../shared/operator-error.ts";
import { type FailureTable, failureIn, SourceError, type SourceFailure } from "../source-failure.ts";

const UNREACHABLE = "the PostgreSQL server cannot be reached; it is tried again and again";

/** By SQLSTATE or its class with the beginning of the message, or the system's error. Without a code node-postgres itself says so. */
const FAILURES: FailureTable = {
  permission_denied: {
    "28P01": "PostgreSQL refused the password: set PGPASSFILE or PGPASSWORD",
    "28": "PostgreSQL refused the role: see the server's pg_hba.conf",
    "28000 role": "PostgreSQL has no such role, or it may not log in: fix the URL's user or the role",
    "08P01 no such": "the pool before the server has no such role or database: fix the URL",
    "XX000 Tenant or user not found": "the pool before the server has no such role: fix the URL",
    " SASL:.*password":
      "PostgreSQL asks for a password: set PGPASSWORD, or PGPASSFILE to a file that nobody else may read (chmod 600)",
    '.* row-level security policy for table "([^"]+)"':
      "row-level security would hide rows of $1: read a view of it, or give the role BYPASSRLS",
    "\\S+ permission denied for database": "the role may not use the database: GRANT CONNECT",
    "\\S+ permission denied for (.+)$": "the role may not read $1: GRANT SELECT (or USAGE, for a schema)",
  },
  unavailable: {
    "3D000": "the server has no such database yet",
    "(53300|08P01 no more connections)": "the server has no connection left; it is tried again and again",
    "53": "the server is out of resources; the next reading tries again",
    "55P03": "a table is locked; the next reading tries again",
    "57P03": "the server is starting or stopping; it is tried again and again",
    "57P": "the server ended the connection; it is tried again and again",
    "40": "the server gave up this snapshot; the next reading tries again",
    "55000 database": "the database accepts no connections; it is tried again and again",
    "08": "the server, or the pool before it, refused the connection; it is tried again and again",
    XX000: "the server, or the pool before it, has an internal error; its log says more",
    "E(CONN|HOST|NET|PIPE|TIMEDOUT)": UNREACHABLE,
    ENOENT: UNREACHABLE,
    EACCES: UNREACHABLE,
    ENOTFOUND: "the name of the PostgreSQL server is not known here",
    EAI_AGAIN: "the name of the PostgreSQL server cannot be looked up now",
    " There was an error establishing an SSL": "the server answered with an error when asked for TLS",
  },
  deadline_exceeded: {
    "57014": "the SELECT took longer than it may: it was stopped",
  },
  failed_precondition: {
    "25": "the SELECT wants more than a read-only transaction allows",
    " The server does not support SSL": "the server has no TLS, and the URL's sslmode asks for it",
    "(E\\w+) E\\w+: .*, (open|read)\\b":
      "a file that the URL names (sslrootcert, sslcert, sslkey) cannot be read ($1)",
    "(\\w*(CERT|SELF_SIGNED|UNABLE_TO|ERR_TLS)\\w*) ": "the server's certificate is not trusted ($1)",
    "(EPROTO|ERR_\\w*SSL\\w*) ": "TLS fails with the server, or with the URL's sslcert or sslkey ($1)",
    '\\S+ unsupported startup parameter(?: in options)?: "?([\\w.]+)':
      "the pool before the server refuses the startup parameter $1: remove it, or give a schema as schema=NAME",
    '\\S+ (?:unrecognized configuration parameter|invalid value for parameter) "([^"]+)"':
      "the server refuses the setting $1: fix the URL's options or search_path, or the profile",
    '\\S+ relation "([^"]+)" does not exist': "the database has no table $1",
    '\\S+ column "?([^"\\s]+)"? does not exist': "the database has no column $1",
  },
  data_loss: {
    "(22003|22008|0A000)":
      "an infinite time, or a number out of range, is cast by the profile: take extract(epoch FROM …) * 1000 without ::bigint",
    "22021": "a text in the database is not UTF-8: let the profile convert it (convert_from)",
    "22": "the SELECT cannot convert a value that the database holds: look at its casts",
    "58": "the server cannot read its own files; its log says more",
    XX: "the server found damaged data; its log says more",
  },
};

/** What node-postgres says by itself, without a code. */
const LOST =
  /^(Connection terminated|Query read timeout|timeout e|Client was closed|Client has encountered a connection error)/;

/** The failure for an error of PostgreSQL or the network; undefined for anything else, which is a bug. */
export function toFailure(error: unknown): SourceFailure | undefined {
  if (error instanceof SourceError) return error.failure;
  // The URL's.
  if (error instanceof OperatorError) return { code: "failed_precondition", message: error.message };
  const { code, message } = error as { code?: unknown; message?: unknown };
  const known = failureIn(FAILURES, code, message);
  if (known) return known;
  if (typeof code !== "string")
    return LOST.test(String(message)) ? { code: "unavailable", message: UNREACHABLE } : undefined;
  if (!/^[0-9A-Z]{5}$/.test(code)) return undefined;
  return {
    code: "failed_precondition",
    message: `PostgreSQL does not accept the SELECT (SQLSTATE ${code})`,
  };
}

/** Whether the error leaves a connection that can be used no more. */
export function isLost(error: unknown): boolean {
  // Given up by ourselves.
  if (error instanceof SourceError) return true;
  const { code, message } = error as { code?: unknown; message?: unknown };
  if (typeof code !== "string") return LOST.test(String(message));
  return /^(08|57P0|E[A-Z]{2})/.test(code);
}
