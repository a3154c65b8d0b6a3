/**
 * Every setting, in one place: its flag, its environment variable, its default and what it accepts. The
 * parser, `--help`, `.env.example` and the README's table are made from, or checked against, this list.
 */
import { hostname } from "node:os";
import { LOG_LEVELS, type LogLevel } from "../shared/log-levels.ts";
import { LIMITS } from "./server/limits.ts";
import { ACCESS_SETTINGS } from "./settings/access.ts";
import { booleanSetting, integerBetween, listOf, nonEmpty, setting } from "./settings/setting.ts";

export type { Setting } from "./settings/setting.ts";

export const SETTINGS = {
  database: setting<string>({
    flag: "database",
    env: "ORCH_DATABASE",
    placeholder: "FILE|URL",
    describe: "the orchestrator's database, a SQLite file or postgres://…; it may appear later",
    accepts: "the path of a file, or a URL that begins with postgres:// or postgresql://",
    fallback: undefined,
    parse: nonEmpty,
  }),
  profile: setting<string>({
    flag: "profile",
    env: "ORCH_METRICS_PROFILE",
    placeholder: "NAME|PATH",
    describe:
      "what the database's tables mean: a profile by name (see `orch-metrics profiles`), or a .sql file",
    accepts: "the name of a profile, or the path of a .sql file",
    fallback: "reference",
    parse: nonEmpty,
  }),
  host: setting<string>({
    flag: "host",
    env: "ORCH_METRICS_HOST",
    placeholder: "ADDRESS",
    describe: "the address to listen on",
    accepts: "an IP address or a host name",
    fallback: "127.0.0.1",
    parse: nonEmpty,
  }),
  port: setting<number>({
    flag: "port",
    env: "ORCH_METRICS_PORT",
    placeholder: "PORT",
    describe: "the port to listen on; 0 takes any free one",
    accepts: "a whole number from 0 to 65535",
    fallback: 9977,
    parse: integerBetween(0, 65_535),
  }),
  pagePort: setting<number | null>({
    flag: "page-port",
    env: "ORCH_METRICS_PAGE_PORT",
    placeholder: "PORT",
    describe: "the port of the page that the demo shows; 0 takes any free one",
    accepts: "a whole number from 0 to 65535",
    fallback: null,
    fallbackText: "the port after the service's",
    parse: integerBetween(0, 65_535),
  }),
  maxConnections: setting<number>({
    flag: "max-connections",
    env: "ORCH_METRICS_MAX_CONNECTIONS",
    placeholder: "COUNT",
    describe: "how many connections may be open; at one more, the one that was silent longest is closed",
    accepts: "a whole number from 1 to 100000",
    fallback: LIMITS.connections,
    parse: integerBetween(1, 100_000),
  }),
  ...ACCESS_SETTINGS,
  enabled: booleanSetting({
    flag: "enabled",
    env: "ORCH_METRICS_ENABLED",
    describe: "the kill switch: false answers metrics with `unimplemented` and collects nothing",
    fallback: true,
  }),
  instance: setting<string>({
    flag: "instance",
    env: "ORCH_METRICS_INSTANCE",
    placeholder: "NAME",
    describe: "which orchestrator this is, as the envelope says it",
    accepts: "any text that is not empty",
    fallback: hostname(),
    parse: nonEmpty,
  }),
  maxItems: setting<number>({
    flag: "max-items",
    env: "ORCH_METRICS_MAX_ITEMS",
    placeholder: "COUNT",
    describe: "the longest a list in an answer may be",
    accepts: "a whole number from 1 to 1000000",
    fallback: 1000,
    parse: integerBetween(1, 1_000_000),
  }),
  terminalStages: setting<readonly string[] | null>({
    flag: "terminal-stages",
    env: "ORCH_METRICS_TERMINAL_STAGES",
    placeholder: "NAMES",
    describe: "the stages in which a task is no longer active, separated by commas",
    accepts: "names separated by commas",
    fallback: null,
    fallbackText: "the profile's",
    parse: listOf,
  }),
  localHost: setting<string>({
    flag: "local-host",
    env: "ORCH_METRICS_LOCAL_HOST",
    placeholder: "NAME",
    describe: "the name by which the orchestrator's runs call this host",
    accepts: "any text that is not empty",
    fallback: hostname(),
    parse: nonEmpty,
  }),
  procRoot: setting<string>({
    flag: "proc-root",
    env: "ORCH_PROC_ROOT",
    placeholder: "FOLDER",
    describe: "where procfs is mounted, such as the host's in a container",
    accepts: "the path of a folder",
    fallback: "/proc",
    parse: nonEmpty,
  }),
  logLevel: setting<LogLevel>({
    flag: "log-level",
    env: "ORCH_METRICS_LOG_LEVEL",
    placeholder: "LEVEL",
    describe: "how much to log",
    accepts: LOG_LEVELS.join(", "),
    fallback: "info",
    parse: (text) => LOG_LEVELS.find((level) => level === text.trim().toLowerCase()),
  }),
};

export type SettingName = keyof typeof SETTINGS;
