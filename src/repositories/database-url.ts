/**
 * Parses a database's place in the forms that other programs use: the path of a SQLite file, or the URL of a PostgreSQL server.
 */
import { existsSync, globSync } from "node:fs";
import { dirname } from "node:path";
import { homeFolder } from "../../shared/home.ts";
import { OperatorError } from "../../shared/operator-error.ts";
import { quoted } from "../../shared/read-settings.ts";
import { decoded } from "../../shared/secrets-in-urls.ts";
import { parsePostgresqlUrl } from "./postgresql/url.ts";

/** At least two letters, since a single letter is a drive. */
const SCHEME = /^([a-z][a-z0-9+.-]+):(.*)$/is;
/** A driver, such as asyncpg or aiosqlite, may follow the +. */
const POSTGRESQL = /^(postgres|postgresql|pgsql|psql|postgis)(\+\w+)?$/i;
const SQLITE = /^(sqlite3?(\+(?!libsql)\w+)?|file)$/i;
/** Schemes that are recognized without `//` too. Any other word before a colon may be part of a file name. */
const OTHERS = /^(jdbc|r2dbc|libsql|mysql|mariadb|mongodb|mssql|sqlserver|oracle|odbc|redis|http|https)$/i;
/** Keywords that libpq, ODBC and ADO.NET accept instead of a URL. */
export const KEYWORDS =
  /^(host|hostaddr|port|dbname|user|password|service|server|data source|driver|dsn)\s*=/i;

/**
 * Parameters without effect on a reader that takes SQLite's locks, creates nothing, and decides itself what to read
 * as immutable.
 */
const WITHOUT_EFFECT =
  /^((mode=(ro|rw|rwc)|vfs=unix)$|(cache|immutable|nolock|psow|uri|charset|encoding|journal_mode|synchronous|foreign_keys|connection_limit|check_same_thread|isolation_level|_\w+|\w*(pool|timeout)\w*)=)/i;

/** Characters that may mean something else than part of a file name. */
const AMBIGUOUS = /[:*?[{$~"'=]|^\s|\s$/;

/**
 * Returns a path, or a checked URL that begins with `postgres://`. Throws OperatorError. Looks for a file only if the
 * text is ambiguous, since a file system that does not respond must not delay the start.
 */
export function parseDatabase(given: string, home = homeFolder()): string {
  if (!AMBIGUOUS.test(given) || existsSync(given)) return given;
  // `docker --env-file` keeps quotes.
  const text = given.trim().replace(/^(["'])(.*)\1$/s, "$2");
  const [, scheme = "", rest = ""] = SCHEME.exec(text.replace(/^:memory:$/, "sqlite:$&")) ?? [];
  if (SQLITE.test(scheme)) return existing(sqliteFiles(scheme, rest, text), home);
  const isServer = POSTGRESQL.test(scheme);
  if (isServer && rest.startsWith("//")) {
    parsePostgresqlUrl(`postgres:${rest}`);
    return `postgres:${rest}`;
  }
  const isUrl = scheme !== "" && (rest.startsWith("//") || isServer || OTHERS.test(scheme));
  if (!isUrl && !KEYWORDS.test(text)) return existing([text], home);
  const isWrapped = /^r?2?j?dbc$/i.test(scheme) && /^(postgresql|sqlite):/i.test(rest);
  const instead = isWrapped ? quoted(rest) : "a file, postgres://ROLE@HOST/DATABASE or sqlite:FILE";
  throw new OperatorError(`${quoted(text)} is not supported: use ${instead}`);
}

export function isPostgresqlUrl(database: string): boolean {
  return database.startsWith("postgres://");
}

/** Returns the files that may be meant: after three slashes SQLAlchemy expects a relative path, and others an absolute one. */
function sqliteFiles(scheme: string, rest: string, text: string): readonly [string, ...string[]] {
  const [, slashes, host = "", path = "", query = ""] =
    /^(\/\/([^/?#]*))?([^?#]*)(?:\?([^#]*))?/s.exec(rest) ?? [];
  const isUri = /^file$/i.test(scheme);
  if (isUri ? !/^(localhost)?$/i.test(host) : host.includes("@"))
    throw new OperatorError(`${quoted(text)} names another host: use the path of a file, or file:PATH`);
  const file = slashes && host === "" && !isUri ? path.slice(1) : isUri ? path : host + path;
  if (file.startsWith("file:")) return sqliteFiles("file", `${file.slice(5)}?${query}`, text);
  if (/^(:memory:)?$/.test(file) || query.includes("mode=memory"))
    throw new OperatorError(
      `${quoted(text)} is an in-memory database, which other programs cannot read: use the path of a file`,
    );
  const refused = query.split("&").find((parameter) => parameter !== "" && !WITHOUT_EFFECT.test(parameter));
  if (refused !== undefined)
    throw new OperatorError(`${quoted(text)}: ${/^\w*/.exec(refused)?.[0]}= is not supported: remove it`);
  const absolute = host === "" ? path : file;
  return [decoded(file), file, decoded(absolute), absolute];
}

/** Returns the first path that exists, otherwise the first, which may appear later. */
function existing([first, ...others]: readonly [string, ...string[]], home: string): string {
  const file = first.replace(/^~(?=\/)/, home);
  const candidates = new Set([first, file, ...others]);
  const isPattern = /[*?[]|\{.*,.*\}|\$\{?[A-Z]|^~/.test(file);
  if (candidates.size === 1 && !isPattern) return file;
  const found = [...candidates].find((candidate) => existsSync(candidate));
  if (found !== undefined || !isPattern) return found ?? file;
  const matches = /[*?[{]/.test(dirname(file)) ? [] : globSync(file).sort().map(quoted);
  const those =
    matches.length > 0 ? `one file, such as ${matches.slice(-3).join(", ")}` : "the path of one file";
  throw new OperatorError(
    `${quoted(first)} contains a pattern or variable, which is not expanded: use ${those}`,
  );
}
