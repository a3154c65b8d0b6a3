/**
 * Parses a PostgreSQL URL as libpq does, with parameters that other programs add. Parameters that affect what is
 * read, from which server or how securely, are honoured or refused.
 */
import type pg from "pg";
import { didYouMean, nearest } from "../../../shared/nearest.ts";
import { OperatorError } from "../../../shared/operator-error.ts";
import { decoded } from "../../../shared/secrets-in-urls.ts";

/** The parameters that have an effect, with the accepted values. Empty accepts any. */
const HONOURED: Readonly<Record<string, string>> = {
  ...{ host: "", port: "", user: "", password: "", dbname: "", options: "", application_name: "" },
  ...{ schema: "", search_path: "", currentSchema: "", ssl: "", sslrootcert: "", sslcert: "", sslkey: "" },
  sslmode: "disable, allow, prefer, require, verify-ca, verify-full",
  sslnegotiation: "postgres, direct",
  channel_binding: "disable, prefer, require",
  target_session_attrs: "any, read-write, read-only, primary, standby, prefer-standby",
  load_balance_hosts: "disable",
  gssencmode: "disable, prefer",
  uselibpqcompat: "true",
};

/** Parameters for pools, timeouts, prepared statements and the like, which do not affect what is read. */
const WITHOUT_EFFECT =
  /pool|timeout$|^(keepalives\w*|tcpKeepAlive|connection_limit|pgbouncer|(max|min)_con\w+|\w*prepare\w*|statement_cache\w*|default_query_exec_mode|binary_parameters|(fallback_)?application_?name|server_?version|client_encoding|charset|timezone)$/i;

const INSTEAD = new Map([
  ["passfile", ": set PGPASSFILE"],
  ["service", ": use the host and the database"],
]);

const PARTS = /^[^:]*:\/\/(?:([^:/?#]*):?([^/?#]*)@)?([^/?#@]*)(?:\/([^?#]*))?(?:\?([^#]*))?$/;
const PLACE = /^(\[[^\]]*\]|[^:[\]]*)(?::(\d*))?$/;

/** Throws OperatorError, which shows nothing of the URL but names of parameters. */
export function parsePostgresqlUrl(url: string, env = process.env) {
  const parts = PARTS.exec(url);
  const [, user = "", password = "", authority = "", path = "", query = ""] = parts ?? [];
  const parameters = [...new URLSearchParams(query)];
  const given = new Map(parameters.filter(([, value]) => value !== ""));
  const places = authority.split(",").map((place) => PLACE.exec(place));
  const hosts = given.get("host")?.split(",") ?? places.map((place) => decoded(place?.[1] ?? ""));
  const ports = given.get("port")?.split(",") ?? places.map((place) => place?.[2] ?? "");
  const isValid = parts && !places.includes(null) && ports.every((port) => /^([1-9]\d{0,4})?$/.test(port));
  if (!isValid || url.includes("%00") || (ports.length > 1 && ports.length !== hosts.length))
    throw new OperatorError(
      "invalid URL: use postgres://ROLE@HOST:PORT/DATABASE, with / ? # @ : % in names and passwords percent-encoded",
    );
  for (const [name, value] of parameters) refuseUnlessKnown(name, value, query);
  if (env.PGSERVICE && hosts.every((host) => host === ""))
    throw new OperatorError("the URL has no host, and PGSERVICE is not supported: add the host");
  const client: pg.ClientConfig = {
    user: given.get("user") ?? decoded(user),
    password: given.get("password") ?? decoded(password),
    database: given.get("dbname") ?? decoded(path),
    options: given.get("options"),
    application_name: given.get("application_name"),
    sslnegotiation: given.get("sslnegotiation") === "direct" ? "direct" : undefined,
    enableChannelBinding: given.get("channel_binding") === "require",
  };
  return {
    /** In the order in which they are tried. */
    servers: hosts.map((host, index) => ({
      host: host.replace(/^\[(.*)\]$/, "$1") || undefined,
      port: Number(ports[index] ?? ports[0]) || undefined,
    })),
    /** Without the values that PGUSER and similar variables supply. */
    client: Object.fromEntries(Object.entries(client).filter(([, value]) => value)),
    sslmode: sslmodeOf(given, env),
    /** In the form of the setting. */
    searchPath: searchPathOf(given),
    given,
  };
}

function refuseUnlessKnown(name: string, value: string, query: string): void {
  const values = Object.hasOwn(HONOURED, name) ? HONOURED[name] : undefined;
  // An empty value counts as none. `sslmodeOf` treats no-verify as an alias.
  const isUsual = value === "" || (name === "sslmode" && value === "no-verify");
  if (values !== undefined && (values === "" || isUsual || values.split(", ").includes(value))) return;
  if (WITHOUT_EFFECT.test(name)) return;
  if (values) throw new OperatorError(`invalid ${name} in the URL: use ${values}`);
  // Part of a password that was not percent-encoded must not be repeated.
  const isName = /^\w{1,40}$/.test(name) && !query.includes("@");
  const hint = INSTEAD.get(name) ?? (didYouMean(nearest(name, Object.keys(HONOURED))) || ": remove it");
  throw new OperatorError(`the URL's parameter ${isName ? `${name} ` : ""}is not supported${hint}`);
}

/** The section on libpq-ssl in PostgreSQL's manual. Other programs use `ssl` and `no-verify`. */
function sslmodeOf(given: ReadonlyMap<string, string>, env: NodeJS.ProcessEnv): string {
  const root = given.get("sslrootcert");
  const written = given.get("sslmode") ?? given.get("ssl") ?? env.PGSSLMODE;
  const mode = (written || (root === "system" ? "verify-full" : "prefer"))
    .replace(/^(true|1|no-verify)$/, "require")
    .replace(/^(false|0)$/, "disable");
  refuseUnlessKnown("sslmode", mode, "");
  const isWeak = !/^(require|verify-ca|verify-full)$/.test(mode);
  const missing =
    (root === "system" && mode !== "verify-full" && "sslrootcert=system needs sslmode=verify-full") ||
    (given.get("sslnegotiation") === "direct" && isWeak && "sslnegotiation=direct needs sslmode=require") ||
    (mode === "verify-ca" &&
      root === undefined &&
      "sslmode=verify-ca needs sslrootcert=FILE, the certificate of the authority to trust");
  if (missing) throw new OperatorError(`the URL's ${missing}`);
  return mode;
}

/** Prisma's `schema` is a single name, which is quoted. The others are the text of the setting. */
function searchPathOf(given: ReadonlyMap<string, string>): string | undefined {
  const [name, another] = ["schema", "search_path", "currentSchema"].filter((one) => given.has(one));
  if (another) throw new OperatorError(`the URL has both ${name} and ${another}: remove one`);
  const text = given.get(name ?? "");
  return name === "schema" ? `"${text?.replaceAll('"', '""')}"` : text;
}
