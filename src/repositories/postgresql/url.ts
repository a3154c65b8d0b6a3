/**
 * A PostgreSQL URL as libpq takes it, with the parameters that other programs add. A parameter that changes what is read, from
 * which server or how safely, is honoured or refused.
 */
import type pg from "pg";
import { didYouMean, nearest } from "../../../shared/nearest.ts";
import { OperatorError } from "../../../shared/operator-error.ts";
import { decoded } from "../../../shared/secrets-in-urls.ts";

/** The parameters that count, with the values that there are; without: any. */
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

/** Pools, time limits, prepared statements and the like: they change nothing of what is read. */
const WITHOUT_EFFECT =
  /pool|timeout$|^(keepalives\w*|tcpKeepAlive|connection_limit|pgbouncer|(max|min)_con\w+|\w*prepare\w*|statement_cache\w*|default_query_exec_mode|binary_parameters|(fallback_)?application_?name|server_?version|client_encoding|charset|timezone)$/i;

const INSTEAD = new Map([
  ["passfile", ": set PGPASSFILE"],
  ["service", ": give the host and the database"],
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
      "the URL is not valid: give postgres://ROLE@HOST:PORT/DATABASE, with / ? # @ : % in a name or a password percent-encoded",
    );
  for (const [name, value] of parameters) refuseUnlessKnown(name, value, query);
  if (env.PGSERVICE && hosts.every((host) => host === ""))
    throw new OperatorError("the URL has no host, and PGSERVICE is not supported: give the host");
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
    /** What is not given is PGUSER's and its kin's. */
    client: Object.fromEntries(Object.entries(client).filter(([, value]) => value)),
    sslmode: sslmodeOf(given, env),
    /** As the setting takes it. */
    searchPath: searchPathOf(given),
    given,
  };
}

function refuseUnlessKnown(name: string, value: string, query: string): void {
  const values = Object.hasOwn(HONOURED, name) ? HONOURED[name] : undefined;
  // An empty one is none; no-verify is an alias, for sslmodeOf.
  const isUsual = value === "" || (name === "sslmode" && value === "no-verify");
  if (values !== undefined && (values === "" || isUsual || values.split(", ").includes(value))) return;
  if (WITHOUT_EFFECT.test(name)) return;
  if (values) throw new OperatorError(`the URL's ${name} is none that there is: give ${values}`);
  // A piece of a password that was not percent-encoded is not repeated.
  const isName = /^\w{1,40}$/.test(name) && !query.includes("@");
  const hint = INSTEAD.get(name) ?? (didYouMean(nearest(name, Object.keys(HONOURED))) || ": remove it");
  throw new OperatorError(`the URL's parameter ${isName ? `${name} ` : ""}is not supported${hint}`);
}

/** libpq-ssl in PostgreSQL's manual; `ssl` and `no-verify` are other programs'. */
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

/** Prisma's `schema` is one name as it is; the others are the setting's own text. */
function searchPathOf(given: ReadonlyMap<string, string>): string | undefined {
  const [name, another] = ["schema", "search_path", "currentSchema"].filter((one) => given.has(one));
  if (another) throw new OperatorError(`the URL has ${name} and ${another}: give one of them`);
  const text = given.get(name ?? "");
  return name === "schema" ? `"${text?.replaceAll('"', '""')}"` : text;
}
