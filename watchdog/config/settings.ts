/** Every flag and variable, in one place: the parser, `--help` and the table in docs/watchdog.md are made from it. */
import { homedir } from "node:os";
import { join } from "node:path";
import { LOG_LEVELS, type LogLevel } from "../../shared/log-levels.ts";
import { parseTarget, type TargetAddress } from "./targets-file.ts";
import { parseDuration, parseSize } from "./units.ts";

export interface Setting<T> {
  /** Without the dashes. */
  readonly flag: string;
  readonly env: string;
  readonly placeholder: string;
  readonly describe: string;
  readonly accepts: string;
  readonly fallback: T;
  /** How `--help` calls the fallback; absent: there is none. */
  readonly fallbackText?: string;
  /** Undefined: refused. */
  readonly parse: (text: string) => T | undefined;
}

function setting<T>(definition: Omit<Setting<T>, "env">): Setting<T> {
  const env = `ORCH_WATCHDOG_${definition.flag.toUpperCase().replaceAll("-", "_")}`;
  return { ...definition, env };
}

const nonEmpty = (text: string): string | undefined => (text.trim() === "" ? undefined : text);

function between(low: number, high: number): (text: string) => number | undefined {
  return (text) => {
    const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
    return value >= low && value <= high ? value : undefined;
  };
}

function httpUrl(text: string): string | undefined {
  return /^https?:$/.test(URL.parse(text)?.protocol ?? "") ? text.replace(/\/+$/, "") : undefined;
}

/** Others are shown it. */
function publicUrl(text: string): string | undefined {
  const url = URL.parse(text);
  return url?.username === "" && url.password === "" ? httpUrl(text) : undefined;
}

/** Paths are put behind it. */
function baseUrl(text: string): string | undefined {
  return /[?#]/.test(text) ? undefined : httpUrl(text);
}

function duration(flag: string, describe: string, fallbackText: string): Setting<number> {
  return setting<number>({
    flag,
    placeholder: "TIME",
    describe,
    accepts: "a number with s, m, h or d, such as 36h",
    fallback: parseDuration(fallbackText) as number,
    fallbackText,
    parse: parseDuration,
  });
}

const ONE_OR_MORE = (text: string): readonly TargetAddress[] | undefined => {
  const targets = text.split(/[,\s]+/).map(parseTarget);
  return targets.every((target) => target !== undefined) ? targets : undefined;
};

const WORDS = (text: string): readonly string[] => text.split(/[,\s]+/).filter((word) => word !== "");

export const SETTINGS = {
  target: setting<readonly TargetAddress[]>({
    flag: "target",
    placeholder: "NAME=URL",
    describe: "an orchestrator's service to watch; may be given more than once",
    accepts: "NAME=URL, such as main=http://127.0.0.1:9977",
    fallback: [],
    parse: ONE_OR_MORE,
  }),
  targets: setting<string | undefined>({
    flag: "targets",
    placeholder: "FILE",
    describe: "a YAML or JSON file of them, read again when it changes",
    accepts: "the path of a file",
    fallback: undefined,
    parse: nonEmpty,
  }),
  tokenFile: setting<string | undefined>({
    flag: "token-file",
    placeholder: "FILE",
    describe: "the bearer token for targets that name none of their own; read before each poll",
    accepts: "the path of a file",
    fallback: undefined,
    parse: nonEmpty,
  }),
  thresholds: setting<string | undefined>({
    flag: "thresholds",
    placeholder: "FILE",
    describe: "the thresholds, read again when they change",
    accepts: "the path of a YAML file",
    fallback: undefined,
    parse: nonEmpty,
  }),
  pollSeconds: setting<number>({
    flag: "poll-seconds",
    placeholder: "SECONDS",
    describe: "how often each target is read",
    accepts: "a number from 0.2 to 3600",
    fallback: 15,
    fallbackText: "15",
    parse: between(0.2, 3600),
  }),
  timeout: setting<number>({
    flag: "timeout",
    placeholder: "SECONDS",
    describe: "how long a target may take to answer",
    accepts: "a number from 0.1 to 600",
    fallback: 10,
    fallbackText: "10",
    parse: between(0.1, 600),
  }),
  host: setting<string>({
    flag: "host",
    placeholder: "ADDRESS",
    describe: "the address of the page; whoever reaches it can read everything and silence alerts",
    accepts: "an IP address or a host name",
    fallback: "127.0.0.1",
    fallbackText: "127.0.0.1",
    parse: nonEmpty,
  }),
  port: setting<number>({
    flag: "port",
    placeholder: "PORT",
    describe: "the port of the page; 0 takes any free one",
    accepts: "a whole number from 0 to 65535",
    fallback: 9978,
    fallbackText: "9978",
    parse: (text) => (/^\d{1,5}$/.test(text) && Number(text) <= 65_535 ? Number(text) : undefined),
  }),
  allowedHosts: setting<readonly string[]>({
    flag: "allowed-hosts",
    placeholder: "NAMES",
    describe: "further names by which the page may be asked for, such as a proxy's",
    accepts: "host names separated by commas",
    fallback: [],
    parse: WORDS,
  }),
  history: setting<string>({
    flag: "history",
    placeholder: "FILE",
    describe: "the watchdog's own database, with history, alerts and silences; `none`: only in memory",
    accepts: "the path of a file, or none",
    fallback: historyPath(process.env),
    fallbackText: "orch-watchdog/history.db in $STATE_DIRECTORY, $XDG_STATE_HOME or ~/.local/state",
    parse: nonEmpty,
  }),
  historySize: setting<number>({
    flag: "history-size",
    placeholder: "SIZE",
    describe: "the largest that file may be",
    accepts: "a size from 4MB, such as 500MB or 2GiB",
    fallback: 500e6,
    fallbackText: "500MB",
    parse: (text) => {
      const bytes = parseSize(text);
      return bytes !== undefined && bytes >= 4e6 ? bytes : undefined;
    },
  }),
  keepRaw: duration("keep-raw", "how long each reading is kept", "6h"),
  keepMinutes: duration("keep-minutes", "how long one point a minute is kept", "7d"),
  keepHours: duration("keep-hours", "how long one point an hour is kept", "90d"),
  alertmanager: setting<string | undefined>({
    flag: "alertmanager",
    placeholder: "URL",
    describe: "an Alertmanager to send the alerts to; a user and password for it go into the variable's URL",
    accepts: "a URL without a query, such as http://127.0.0.1:9093",
    fallback: undefined,
    parse: baseUrl,
  }),
  webhook: setting<string | undefined>({
    flag: "webhook",
    placeholder: "URL",
    describe: "a URL to POST each alert to, as JSON; a user and password for it go into the variable's URL",
    accepts: "a URL",
    fallback: undefined,
    parse: httpUrl,
  }),
  runbooks: setting<string | undefined>({
    flag: "runbooks",
    placeholder: "URL",
    describe: "where the alerts' links to runbooks lead: URL/NAME",
    accepts: "a URL without a user",
    fallback: undefined,
    fallbackText: "the watchdog itself, /runbooks",
    parse: publicUrl,
  }),
  logLevel: setting<LogLevel>({
    flag: "log-level",
    placeholder: "LEVEL",
    describe: "how much to log",
    accepts: LOG_LEVELS.join(", "),
    fallback: "info",
    fallbackText: "info",
    parse: (text) => LOG_LEVELS.find((level) => level === text.trim().toLowerCase()),
  }),
};

export type Config = {
  readonly [Name in keyof typeof SETTINGS]: (typeof SETTINGS)[Name] extends Setting<infer T> ? T : never;
};

/** systemd's StateDirectory= first, then where a user's programs keep their state. */
function historyPath(env: Readonly<Record<string, string | undefined>>): string {
  const folder = env.STATE_DIRECTORY ?? env.XDG_STATE_HOME ?? join(homedir(), ".local", "state");
  return join(folder, "orch-watchdog", "history.db");
}
