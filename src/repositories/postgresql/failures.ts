/**
 * Maps errors of PostgreSQL and the network to messages for an operator, without SQL, addresses or passwords. Codes:
 * the appendix "PostgreSQL Error Codes".
 */
import { OperatorError } from "../../../shared/operator-error.ts";
import { type FailureTable, failureIn, SourceError, type SourceFailure } from "../source-failure.ts";

const UNREACHABLE = "cannot reach the PostgreSQL server; the service keeps retrying";

/**
 * By the SQLSTATE or its class, with the beginning of the message, or by the system's error code. Errors of
 * node-postgres itself have no code.
 */
const FAILURES: FailureTable = {
  permission_denied: {
    "28P01": "PostgreSQL refused the password: set PGPASSFILE or PGPASSWORD",
    "28": "PostgreSQL refused the role: see the server's pg_hba.conf",
    "28000 role": "PostgreSQL has no such role, or the role cannot log in: fix the URL's user or the role",
    "08P01 no such": "the connection pool has no such role or database: fix the URL",
    "XX000 Tenant or user not found": "the connection pool has no such role: fix the URL",
    " SASL:.*password":
      "PostgreSQL requires a password: set PGPASSWORD, or PGPASSFILE to a file that only this user can read (chmod 600)",
    '.* row-level security policy for table "([^"]+)"':
      "row-level security would hide rows of $1: use a view of it, or grant the role BYPASSRLS",
    "\\S+ permission denied for database": "the role cannot connect to the database: GRANT CONNECT",
    "\\S+ permission denied for (.+)$": "the role cannot read $1: GRANT SELECT (or USAGE, for a schema)",
  },
  unavailable: {
    "3D000": "the server has no such database yet",
    "(53300|08P01 no more connections)": "the server has no connection left; the service keeps retrying",
    "53": "the server is out of resources; the next reading retries",
    "55P03": "a table is locked; the next reading retries",
    "57P03": "the server is starting or stopping; the service keeps retrying",
    "57P": "the server closed the connection; the service keeps retrying",
    "40": "the server discarded the snapshot; the next reading retries",
    "55000 database": "the database accepts no connections; the service keeps retrying",
    "08": "the server or connection pool refused the connection; the service keeps retrying",
    XX000: "internal error of the server or connection pool: see its log",
    "E(CONN|HOST|NET|PIPE|TIMEDOUT)": UNREACHABLE,
    ENOENT: UNREACHABLE,
    EACCES: UNREACHABLE,
    ENOTFOUND: "cannot resolve the name of the PostgreSQL server: fix the URL's host",
    EAI_AGAIN: "cannot resolve the name of the PostgreSQL server now; the service keeps retrying",
    " There was an error establishing an SSL": "the server responded to the request for TLS with an error",
  },
  deadline_exceeded: {
    "57014": "the SELECT exceeded its time limit and was stopped",
  },
  failed_precondition: {
    "25": "the SELECT does more than a read-only transaction allows",
    " The server does not support SSL": "the server does not support TLS, which the URL's sslmode requires",
    "(E\\w+) E\\w+: .*, (open|read)\\b":
      "cannot read a file named in the URL (sslrootcert, sslcert, sslkey) ($1)",
    "(\\w*(CERT|SELF_SIGNED|UNABLE_TO|ERR_TLS)\\w*) ": "the server's certificate is not trusted ($1)",
    "(EPROTO|ERR_\\w*SSL\\w*) ":
      "the TLS handshake failed, because of the server or the URL's sslcert or sslkey ($1)",
    '\\S+ unsupported startup parameter(?: in options)?: "?([\\w.]+)':
      "the connection pool refuses the startup parameter $1: remove it, or set a schema with schema=NAME",
    '\\S+ (?:unrecognized configuration parameter|invalid value for parameter) "([^"]+)"':
      "the server refuses the setting $1: fix the URL's options or search_path, or the profile",
    '\\S+ relation "([^"]+)" does not exist': "the database has no table $1",
    '\\S+ column "?([^"\\s]+)"? does not exist': "the database has no column $1",
  },
  data_loss: {
    "(22003|22008|0A000)":
      "the profile casts an infinite time or a number out of range: use extract(epoch FROM …) * 1000 without ::bigint",
    "22021": "a text in the database is not UTF-8: convert it in the profile (convert_from)",
    "22": "the SELECT cannot convert a value in the database: check its casts",
    "58": "the server cannot read its own files: see its log",
    XX: "the server found damaged data: see its log",
  },
};

/** Messages of node-postgres itself, which have no code. */
const LOST =
  /^(Connection terminated|Query read timeout|timeout e|Client was closed|Client has encountered a connection error)/;

/** Returns the failure for an error of PostgreSQL or the network, or undefined for any other error, which is a bug. */
export function toFailure(error: unknown): SourceFailure | undefined {
  if (error instanceof SourceError) return error.failure;
  // An error in the URL.
  if (error instanceof OperatorError) return { code: "failed_precondition", message: error.message };
  const { code, message } = error as { code?: unknown; message?: unknown };
  const known = failureIn(FAILURES, code, message);
  if (known) return known;
  if (typeof code !== "string")
    return LOST.test(String(message)) ? { code: "unavailable", message: UNREACHABLE } : undefined;
  if (!/^[0-9A-Z]{5}$/.test(code)) return undefined;
  return {
    code: "failed_precondition",
    message: `PostgreSQL rejects the SELECT (SQLSTATE ${code})`,
  };
}

/** Whether the connection cannot be used after the error. */
export function isLost(error: unknown): boolean {
  // The service itself dropped the connection.
  if (error instanceof SourceError) return true;
  const { code, message, severity } = error as { code?: unknown; message?: unknown; severity?: unknown };
  if (typeof code !== "string") return LOST.test(String(message));
  // Such as 08001 for a foreign table whose server is down. An error that ends the connection is FATAL.
  if (severity === "ERROR") return false;
  return /^(08|57P0|E[A-Z]{2})/.test(code);
}
