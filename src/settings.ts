/**
 * Every setting of the service, in one place: its variable, its default and what it accepts. The parser and `--help` are
 * made from this table; the table in docs/reference.md and `.env.example` are checked against it.
 */
import { isIPv6 } from "node:net";
import { hostname } from "node:os";
import { LOG_LEVELS } from "../shared/log-levels.ts";
import { type Environment, readSettings } from "../shared/read-settings.ts";
import {
  boolean,
  choice,
  defineSettings,
  file,
  integer,
  list,
  text,
  type ValuesOf,
} from "../shared/settings.ts";
import { parseNamedDatabase } from "./repositories/database-places.ts";
import type { NamedDatabase } from "./repositories/several.ts";
import { LIMITS } from "./server/limits.ts";

/** Variables that begin with it are settings, or refused. */
const PREFIX = "ORCH_METRICS_";

const PORT = { placeholder: "PORT", from: 0, to: 65_535 };

export const SETTINGS = defineSettings(PREFIX, {
  database: {
    env: "ORCH_DATABASE",
    placeholder: "FILE|URL",
    describe:
      "the orchestrator's database: a SQLite file or a postgres:// URL; it may appear later; several as NAME=FILE each, or by a glob",
    accepts: "the path of a file, or a URL such as postgres://ROLE@HOST/DATABASE or sqlite:FILE",
    fallback: [] as readonly NamedDatabase[],
    repeatable: true,
    required: true,
    // A profile for files names its folder itself.
    unless: ["watchProcesses", "profile"],
    passwordHint: "use PGPASSFILE or PGPASSWORD, or set ORCH_DATABASE",
    parse: (given: string) => (given.trim() === "" ? undefined : parseNamedDatabase(given)),
  },
  profile: text({
    placeholder: "NAME|PATH",
    describe:
      "which tables to read: the name of a profile (see `orch-metrics profiles`), a .sql file, or auto: the profile that fits",
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
    describe: "the port of the watchdog's page, for `demo` only; 0 picks a free one",
    fallback: null,
    fallbackText: "the port after the service's",
  }),
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
    // Its file's mode says who may connect.
    excludes: ["host", "port", "tlsCertificate"],
    // sun_path: unix(7).
    parse: (path: string): string | null | undefined =>
      path.trim() !== "" && Buffer.byteLength(path) <= 107 ? path : undefined,
  },
  socketMode: {
    placeholder: "MODE",
    describe: "the permissions of the socket: who may connect",
    accepts: "three octal digits such as 660",
    fallback: null,
    fallbackText: "660 with a group, else 600",
    needs: ["socket"],
    parse: (mode: string): number | null | undefined =>
      /^0?[0-7]{3}$/.test(mode) ? Number.parseInt(mode, 8) : undefined,
  },
  socketGroup: text<null>({
    placeholder: "GROUP",
    describe: "the group of the socket",
    accepts: "a group's name or number",
    fallback: null,
    fallbackText: "the user's own",
    needs: ["socket"],
  }),
  tokenFile: file("require a bearer token: the accepted ones, one per line; reread when the file changes"),
  openHealth: boolean("answer /health, /ready and gRPC health checks without a token", true),
  tlsCertificate: file("serve TLS: the certificate with its chain, in PEM; reread when the file changes", {
    needs: ["tlsKey"],
  }),
  tlsKey: file("the certificate's private key, in PEM", { needs: ["tlsCertificate"] }),
  tlsClientCa: file("accept only clients with a certificate that this CA signed", {
    needs: ["tlsCertificate"],
  }),
  allowAnonymous: boolean("let other machines read without a token or a client certificate", false),
  allowedHosts: list(
    {
      placeholder: "NAMES",
      describe: "additional Host header values to accept, for example a proxy's host name",
      accepts: "host names or addresses without a port, separated by commas",
      fallback: [],
    },
    (name) => /^[a-z0-9_.-]+$/i.test(name) || isIPv6(name.replace(/^\[(.*)\]$/, "$1")),
  ),
  corsOrigins: list(
    {
      placeholder: "ORIGINS",
      describe: "origins whose pages may read from a browser",
      accepts: "origins such as https://board.example, separated by commas",
      fallback: [],
    },
    (origin) => URL.parse(origin)?.origin === origin && /^https?:/.test(origin),
  ),
  enabled: boolean("the kill switch: false collects nothing and answers `unimplemented`", true),
  output: file("write the draft to this new file instead of standard output, for `init` only"),
  table: text<null>({
    placeholder: "NAME",
    describe: "the table to draft from, for `init` only",
    accepts: "the name of a table, with its schema if it needs one",
    fallback: null,
    fallbackText: "the likeliest",
  }),
  watch: boolean("check again whenever the profile's file changes, until Ctrl-C, for `check` only", false),
  fail: boolean("exit with 1 if a section has an error, for `snapshot` only", false),
  instance: text({
    placeholder: "NAME",
    describe: "the name of this orchestrator in the envelope",
    accepts: "any text that is not empty",
    fallback: hostname(),
    fallbackText: "the host's name",
  }),
  maxItems: integer({
    placeholder: "COUNT",
    describe: "maximum length of each list in an answer",
    from: 1,
    to: 1_000_000,
    fallback: 1000,
  }),
  terminalStages: list<null>({
    placeholder: "NAMES",
    describe: "stages in which a task is no longer active, separated by commas",
    accepts: "names separated by commas",
    fallback: null,
    fallbackText: "the profile's",
  }),
  localHost: list({
    placeholder: "NAMES",
    describe: "this host's names in the orchestrator's runs, separated by commas",
    accepts: "names separated by commas",
    fallback: [hostname()],
    fallbackText: "the host's name",
  }),
  watchProcesses: {
    placeholder: "NAMES",
    describe:
      "list each process of these programs as a run, such as codex,opencode; without a value, of the agents that are known",
    accepts: "names of programs separated by | or commas, true or false",
    fallback: null,
    alone: "true",
    parse: watchedPrograms,
  },
  procRoot: text({
    env: "ORCH_PROC_ROOT",
    placeholder: "FOLDER",
    describe: "where procfs is mounted, for example the host's in a container",
    accepts: "the path of a folder",
    fallback: "/proc",
  }),
  logContent: boolean(
    "count the lines at the end of each run's log file; false leaves the files unopened",
    true,
  ),
  logLevel: choice({
    placeholder: "LEVEL",
    describe: `what to log: ${LOG_LEVELS.join(", ")}`,
    of: LOG_LEVELS,
    fallback: "info",
  }),
});

/** Programs of agents that are well known, for `--watch-processes` without a value. */
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

/** `database` is empty only for commands that take none, and with `watchProcesses`. */
export type Config = ValuesOf<typeof SETTINGS>;

/**
 * Reads the settings of a command. Throws UsageError. Settings named as flags alone may be missing, and their variables
 * are ignored.
 */
export function readConfig(
  args: readonly string[],
  env: Environment,
  names: readonly SettingName[],
  byFlagAlone: readonly SettingName[] = [],
  ownerOf?: (flag: string) => string | undefined,
): Config {
  return readSettings({ settings: SETTINGS, prefix: PREFIX, args, env, names, byFlagAlone, ownerOf });
}
