/**
 * The one list from what PostgreSQL and the network say to what an operator can act on. No SQL, no address, no
 * password. Codes: the appendix "PostgreSQL Error Codes".
 */
import { type FailureTable, failureIn, SourceError, type SourceFailure } from "../source-failure.ts";

const UNREACHABLE = "the PostgreSQL server cannot be reached; it is tried again and again";

const OUT_OF_RANGE =
  "an infinite time, or a number out of range, is cast by the profile: take extract(epoch FROM …) * 1000 without ::bigint";

/** By SQLSTATE or its class, or the system's error. */
const FAILURES: FailureTable = {
  permission_denied: {
    "28P01": "PostgreSQL refused the password: set PGPASSFILE or PGPASSWORD",
    "28": "PostgreSQL refused the role: see the server's pg_hba.conf",
  },
  unavailable: {
    "3D000": "the server has no such database yet",
    "53300": "the server has no connection left; it is tried again and again",
    "53": "the server is out of resources; the next reading tries again",
    "55P03": "a table is locked; the next reading tries again",
    "57P03": "the server is starting or stopping; it is tried again and again",
    "57P": "the server ended the connection; it is tried again and again",
    "40": "the server gave up this snapshot; the next reading tries again",
    "08": UNREACHABLE,
    ECONN: UNREACHABLE,
    EHOST: UNREACHABLE,
    ENET: UNREACHABLE,
    EPIPE: UNREACHABLE,
    ETIMEDOUT: UNREACHABLE,
    ENOENT: UNREACHABLE,
    EACCES: UNREACHABLE,
    ENOTFOUND: "the name of the PostgreSQL server is not known here",
    EAI_AGAIN: "the name of the PostgreSQL server cannot be looked up now",
  },
  deadline_exceeded: {
    "57014": "the SELECT took longer than it may: it was stopped",
  },
  failed_precondition: {
    "25": "the SELECT wants more than a read-only transaction allows",
  },
  data_loss: {
    "22003": OUT_OF_RANGE,
    "22008": OUT_OF_RANGE,
    "0A000": OUT_OF_RANGE,
    "22021": "a text in the database is not UTF-8: let the profile convert it (convert_from)",
    "22": "a value in the database cannot be converted as the profile asks",
    "58": "the server cannot read its own files; its log says more",
    XX: "the server found damaged data; its log says more",
  },
};

/** Names of the schema, which an operator needs. */
const PATTERNS: readonly (readonly [pattern: RegExp, failure: (name: string) => SourceFailure])[] = [
  [
    /row-level security policy for table "([^"]+)"/,
    (name) => ({
      code: "permission_denied",
      message: `row-level security would hide rows of ${name}: read a view of it, or give the role BYPASSRLS`,
    }),
  ],
  [
    /^permission denied for (.+)$/,
    (name) => ({
      code: "permission_denied",
      message: `the role may not read ${name}: GRANT SELECT (or USAGE, for a schema)`,
    }),
  ],
  [
    /^relation "([^"]+)" does not exist/,
    (name) => ({ code: "failed_precondition", message: `the database has no table ${name}` }),
  ],
  [
    /^column "?([^"\s]+)"? does not exist/,
    (name) => ({ code: "failed_precondition", message: `the database has no column ${name}` }),
  ],
];

/** What node-postgres says by itself, without a code. */
const LOST =
  /^(Connection terminated|Query read timeout|timeout e|Client was closed|Client has encountered a connection error)/;

/** The failure for an error of PostgreSQL or the network; undefined for anything else, which is a bug. */
export function toFailure(error: unknown): SourceFailure | undefined {
  if (error instanceof SourceError) return error.failure;
  const { code, message } = error as { code?: unknown; message?: unknown };
  const said = String(message);
  if (/^The server does not support SSL/.test(said))
    return {
      code: "failed_precondition",
      message: "the server has no TLS, and the URL's sslmode asks for it",
    };
  if (/^SASL:.*password/.test(said))
    return {
      code: "permission_denied",
      message:
        "PostgreSQL asks for a password: set PGPASSWORD, or PGPASSFILE to a file that nobody else may read (chmod 600)",
    };
  if ((error as NodeJS.ErrnoException).syscall === "open")
    return {
      code: "failed_precondition",
      message: `a file that the URL names (sslrootcert, sslcert, sslkey) cannot be read (${code})`,
    };
  if (code === "ERR_INVALID_URL")
    return {
      code: "failed_precondition",
      message: "the database's URL cannot be understood: postgres://role@host/name",
    };
  if (typeof code !== "string")
    return LOST.test(said) ? { code: "unavailable", message: UNREACHABLE } : undefined;
  for (const [pattern, failure] of PATTERNS) {
    const name = pattern.exec(said)?.[1];
    if (name !== undefined) return failure(name);
  }
  const known = failureIn(FAILURES, code);
  if (known) return known;
  if (/CERT|SELF_SIGNED|^ERR_TLS/.test(code))
    return { code: "failed_precondition", message: `the server's certificate is not trusted (${code})` };
  if (!/^[0-9A-Z]{5}$/.test(code)) return undefined;
  return {
    code: "failed_precondition",
    message: `PostgreSQL does not accept the profile's SELECT (SQLSTATE ${code})`,
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
