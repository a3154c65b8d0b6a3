/**
 * Every setting of the service: its variable, its default and the values that it accepts. The parser, `--help` and the
 * table in docs/reference.md are generated from this table. A test checks `.env.example` against it.
 */
import { hostname } from "node:os";
import { ALLOWED_HOSTS, LOG_LEVEL } from "../shared/common-settings.ts";
import { type Environment, type ReadOptions, readSettings } from "../shared/read-settings.ts";
import {
  boolean,
  choice,
  defineSettings,
  file,
  integer,
  list,
  number,
  text,
  type ValuesOf,
} from "../shared/settings.ts";
import { parseNamedDatabase } from "./repositories/database-places.ts";
import type { NamedDatabase } from "./repositories/several.ts";
import { LIMITS } from "./server/limits.ts";

/** Variables with this prefix that are not settings stop startup. */
const PREFIX = "ORCH_METRICS_";

const PORT = { placeholder: "PORT", from: 0, to: 65_535 };

export const SETTINGS = defineSettings(PREFIX, {
  database: {
    env: "ORCH_DATABASE",
    placeholder: "FILE|URL",
    describe:
      "the orchestrator's database: a SQLite file or a postgres:// URL; for several, repeat it as NAME=FILE or use a glob; it need not exist yet",
    accepts: "the path of a file, or a URL such as postgres://ROLE@HOST/DATABASE or sqlite:FILE",
    fallback: [] as readonly NamedDatabase[],
    repeatable: true,
    required: true,
    // A profile for files names its own folder.
    unless: ["watchProcesses", "profile"],
    passwordHint: "use PGPASSFILE or PGPASSWORD, or set ORCH_DATABASE",
    parse: (given: string) => (given.trim() === "" ? undefined : parseNamedDatabase(given)),
  },
  profile: text({
    placeholder: "NAME|PATH",
    describe:
      "which tables to read: a profile's name (see `orch-metrics profiles`), a .sql file, or auto for the one that fits",
    accepts: "auto, the name of a profile, or the path of a .sql file",
    fallback: "auto",
  }),
  host: text({
    placeholder: "ADDRESS",
    describe: "the address to listen on",
    accepts: "an IP address or a host name",
    fallback: "127.0.0.1",
  }),
  port: integer({ ...PORT, describe: "the port to listen on; 0 picks a free one", fallback: 9977 }),
  pagePort: integer<null>({
    ...PORT,
    describe: "the port of the watchdog's page, for `up`, `top` and `demo`; 0 picks a free one",
    fallback: null,
    fallbackText: "the port after the service's",
  }),
  history: text<null>({
    env: "ORCH_WATCHDOG_HISTORY",
    placeholder: "FILE",
    describe: "the watchdog's history, for `up` and `top`; `none` keeps it in memory only",
    accepts: "the path of a file, or none",
    fallback: null,
    fallbackText: "orch-watchdog/history.db in $STATE_DIRECTORY, $XDG_STATE_HOME or ~/.local/state",
  }),
  watchdog: {
    env: "ORCH_WATCHDOG_URL",
    placeholder: "URL",
    describe: "the running watchdog to show, for `top` only",
    accepts: "a URL such as http://127.0.0.1:9978",
    fallback: null,
    fallbackText: "the one at the page's port, or a new one",
    parse: (given: string): string | null | undefined =>
      /^https?:$/.test(URL.parse(given)?.protocol ?? "") ? given : undefined,
  },
  maxConnections: integer({
    placeholder: "COUNT",
    describe: "maximum open connections; when exceeded, the longest-idle one is closed",
    from: 1,
    to: 100_000,
    fallback: LIMITS.connections,
  }),
  socket: {
    placeholder: "PATH",
    describe: "a Unix socket to listen on instead of the port",
    accepts: "a path of at most 107 bytes",
    fallback: null,
    // The mode of the socket's file controls access.
    excludes: ["host", "port", "tlsCertificate"],
    // sun_path: unix(7).
    parse: (path: string): string | null | undefined =>
      path.trim() !== "" && Buffer.byteLength(path) <= 107 ? path : undefined,
  },
  socketMode: {
    placeholder: "MODE",
    describe: "the permissions of the socket, which control who can connect",
    accepts: "three octal digits such as 660",
    fallback: null,
    fallbackText: "660 with a group, otherwise 600",
    needs: ["socket"],
    parse: (mode: string): number | null | undefined =>
      /^0?[0-7]{3}$/.test(mode) ? Number.parseInt(mode, 8) : undefined,
  },
  socketGroup: text<null>({
    placeholder: "GROUP",
    describe: "the group of the socket",
    accepts: "a group's name or number",
    fallback: null,
    fallbackText: "the user's group",
    needs: ["socket"],
  }),
  tokenFile: file("require a bearer token from this file, which holds one per line; reread when it changes"),
  openHealth: boolean("answer /health, /ready and gRPC health checks without a token", true),
  tlsCertificate: file("serve TLS with this certificate and its chain, in PEM; reread when it changes", {
    needs: ["tlsKey"],
  }),
  tlsKey: file("the certificate's private key, in PEM", { needs: ["tlsCertificate"] }),
  tlsClientCa: file("accept only clients with a certificate signed by this CA", {
    needs: ["tlsCertificate"],
  }),
  allowAnonymous: boolean("allow other machines to read without a token or a client certificate", false),
  allowedHosts: ALLOWED_HOSTS,
  corsOrigins: list(
    {
      placeholder: "ORIGINS",
      describe: "origins whose web pages may read from a browser",
      accepts: "origins such as https://board.example, separated by commas",
      fallback: [],
    },
    (origin) => URL.parse(origin)?.origin === origin && /^https?:/.test(origin),
  ),
  enabled: boolean(
    "the kill switch: false collects nothing, and requests for metrics return `unimplemented`",
    true,
  ),
  output: file("write the draft to this new file instead of standard output, for `init` only"),
  table: text<null>({
    placeholder: "NAME",
    describe: "the table to draft from, for `init` only",
    accepts: "the name of a table, with its schema if it needs one",
    fallback: null,
    fallbackText: "the most likely",
  }),
  watch: boolean(
    "until Ctrl-C, `check` again whenever the profile's file changes, or `snapshot` every --interval seconds",
    false,
  ),
  interval: number({
    placeholder: "SECONDS",
    describe: "the time between two snapshots of `snapshot --watch`",
    from: 0.1,
    to: 86_400,
    fallback: 2,
  }),
  format: choice({
    placeholder: "FORMAT",
    describe: "how to print the metrics, for `snapshot` only: json, table",
    of: ["json", "table"],
    fallback: "json",
  }),
  fail: boolean("exit with 1 if a section reports an error, for `snapshot` only", false),
  instance: text({
    placeholder: "NAME",
    describe: "the name of this orchestrator in the envelope",
    accepts: "any text that is not empty",
    fallback: hostname(),
    fallbackText: "the host's name",
  }),
  maxItems: integer({
    placeholder: "COUNT",
    describe: "maximum length of each list in a response",
    from: 1,
    to: 1_000_000,
    fallback: 1000,
  }),
  terminalStages: list<null>({
    placeholder: "NAMES",
    describe: "stages in which a task is no longer active, separated by commas",
    accepts: "names separated by commas",
    fallback: null,
    fallbackText: "set by the profile",
  }),
  localHost: list({
    placeholder: "NAMES",
    describe: "names of this host in the orchestrator's runs, separated by commas",
    accepts: "names separated by commas",
    fallback: [hostname()],
    fallbackText: "the host's name",
  }),
  watchProcesses: {
    placeholder: "NAMES",
    describe:
      "list each process of these programs as a run, for example codex,opencode; without a value, of all known agents",
    accepts: "program names separated by | or commas, or true or false",
    fallback: null,
    alone: "true",
    parse: watchedPrograms,
  },
  procRoot: text({
    env: "ORCH_PROC_ROOT",
    placeholder: "FOLDER",
    describe: "the mount point of procfs, for example of the host's procfs in a container",
    accepts: "the path of a folder",
    fallback: "/proc",
  }),
  logContent: boolean(
    "count the lines at the end of each run's log file; false does not open the files",
    true,
  ),
  logLevel: LOG_LEVEL,
});

/** Known agent programs, for `--watch-processes` without a value. */
const AGENT_PROGRAMS =
  "aider amp auggie claude codex copilot crush cursor-agent droid gemini goose opencode qwen".split(" ");

function watchedPrograms(given: string): readonly string[] | null | undefined {
  const word = given.trim().toLowerCase();
  if (word === "true") return AGENT_PROGRAMS;
  if (word === "false") return null;
  const names = given.split(/[|,]/).map((name) => name.trim());
  return names.every((name) => /^[\w.+@-]+$/.test(name)) ? names : undefined;
}

export type SettingName = keyof typeof SETTINGS;

/** `database` is empty only for commands that take none, for `up`, and with `watchProcesses`. */
export type Config = ValuesOf<typeof SETTINGS>;

/** Watches the processes of known agents if no database, profile or program is named. */
export function orProcesses(config: Config): Config {
  const { database, profile, watchProcesses } = config;
  const isNamed = database.length > 0 || profile !== SETTINGS.profile.fallback || watchProcesses !== null;
  return isNamed ? config : { ...config, watchProcesses: AGENT_PROGRAMS };
}

/** By default the page uses the port after the service's, so that --port moves both. */
export function pagePortOf({ port, pagePort }: Config): number {
  return pagePort ?? (port === 0 ? 0 : port + 1);
}

/** Reads the settings of a command. Throws UsageError. */
export function readConfig(
  args: readonly string[],
  env: Environment,
  names: readonly SettingName[],
  more: Pick<ReadOptions<typeof SETTINGS>, "byFlagAlone" | "optional" | "ownerOf"> = {},
): Config {
  return readSettings({ settings: SETTINGS, prefix: PREFIX, args, env, names, ...more });
}
