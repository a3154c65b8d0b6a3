/** The flags and variables of the watchdog. The parser, `--help` and the table in docs/watchdog.md come from this table. */
import { join } from "node:path";
import { ALLOWED_HOSTS, LOG_LEVEL } from "../../shared/common-settings.ts";
import { homeFolder } from "../../shared/home.ts";
import { type Environment, readSettings } from "../../shared/read-settings.ts";
import {
  boolean,
  choice,
  type Definition,
  defineSettings,
  file,
  integer,
  list,
  number,
  text,
  type ValuesOf,
} from "../../shared/settings.ts";
import { GROUPINGS } from "../report/columns.ts";
import { parseTime, TIME_FORMS } from "../report/period.ts";
import { parseTarget, type TargetAddress } from "./targets-file.ts";
import { parseDuration, parseSize } from "./units.ts";

/** An unknown variable with this prefix stops startup. */
const PREFIX = "ORCH_WATCHDOG_";

const YESTERDAY = parseTime("yesterday", Date.now()) as number;

export const SETTINGS = defineSettings(PREFIX, {
  target: {
    placeholder: "NAME=URL",
    describe: "a service to watch; repeat the flag for more",
    accepts: "NAME=URL, such as main=http://127.0.0.1:9977, without user and query",
    passwordHint: "use a token in --token-file",
    fallback: [],
    repeatable: true,
    parse(given: string): readonly TargetAddress[] | undefined {
      const targets = given.split(/[,\s]+/).map(parseTarget);
      return targets.every((target) => target !== undefined) ? targets : undefined;
    },
  },
  targets: file("a YAML or JSON file of targets; reread when it changes"),
  tokenFile: file("the bearer token for targets without a token of their own; read before each poll"),
  thresholds: file("a YAML file of thresholds; reread when it changes"),
  pollSeconds: number({
    placeholder: "SECONDS",
    describe: "the interval between two polls of a target",
    from: 0.2,
    to: 3600,
    fallback: 15,
  }),
  timeout: number({
    placeholder: "SECONDS",
    describe: "how long to wait for a target's answer",
    from: 0.1,
    to: 600,
    fallback: 10,
  }),
  host: text({
    placeholder: "ADDRESS",
    describe: "the address of the page; everyone who can connect can read everything",
    accepts: "an IP address or a host name",
    fallback: "127.0.0.1",
  }),
  port: integer({
    placeholder: "PORT",
    describe: "the port of the page; 0 picks a free one",
    from: 0,
    to: 65_535,
    fallback: 9978,
  }),
  allowedHosts: ALLOWED_HOSTS,
  history: text({
    placeholder: "FILE",
    describe: "the file for history, alerts and silences; `none` keeps them in memory only",
    accepts: "the path of a file, or none",
    fallback: historyPath(process.env),
    fallbackText: "orch-watchdog/history.db in $STATE_DIRECTORY, $XDG_STATE_HOME or ~/.local/state",
  }),
  historySize: {
    placeholder: "SIZE",
    describe: "the maximum size of that file",
    accepts: "a size from 4MB, such as 500MB or 2GiB",
    fallback: 500e6,
    fallbackText: "500MB",
    parse: (given: string) => {
      const bytes = parseSize(given);
      return bytes !== undefined && bytes >= 4e6 ? bytes : undefined;
    },
  },
  keepRaw: duration("how long to keep each reading", "6h"),
  keepMinutes: duration("has no effect: one-minute points are no longer kept", "7d"),
  keepHours: duration("how long to keep hourly points and runs", "90d"),
  alertmanager: url("an Alertmanager to send alerts to; if the URL has a password, use the variable", {
    accepts: "a URL without a query, such as http://127.0.0.1:9093",
    // Paths are appended to it.
    isAccepted: ({ href }) => !/[?#]/.test(href),
  }),
  webhook: url("a URL to POST each alert to, as JSON; if it has a password, use the variable", {
    accepts: "a URL",
  }),
  runbooks: url("the base of the runbook links in alerts: URL/NAME", {
    accepts: "a URL without a user",
    fallbackText: "the watchdog itself, /runbooks",
    // It appears in alerts.
    isAccepted: ({ username, password }) => username === "" && password === "",
  }),
  externalUrl: url(
    "the base of links to the page in alerts, for example a proxy's; its host name is accepted",
    {
      accepts: "a URL without a user and a query, such as https://watchdog.example",
      fallbackText: "the page's own address",
      isAccepted: isPlain,
    },
  ),
  repeatAfter: duration("how often to resend a firing alert to chats, ntfy and e-mail; 0s: never", "4h"),
  slackUrlFile: file("a file with the URL of a Slack incoming webhook"),
  discordUrlFile: file("a file with the URL of a Discord webhook"),
  ntfy: url("an ntfy topic; if the URL has a password, use the variable", {
    accepts: "a URL without a query, such as https://ntfy.sh/my-alerts",
    isAccepted: ({ pathname, href }) => /[^/]/.test(pathname) && !/[?#]/.test(href),
  }),
  ntfyTokenFile: file("a file with an access token for the ntfy topic", {
    needs: ["ntfy"],
  }),
  telegramTokenFile: file("a file with the token of a Telegram bot", {
    needs: ["telegramChat"],
  }),
  telegramChat: text<null>({
    placeholder: "ID",
    describe: "the chat that the bot sends to",
    accepts: "a number, or @ and the name of a public channel",
    fallback: null,
    needs: ["telegramTokenFile"],
  }),
  telegramApi: url("the Bot API's server", {
    accepts: "a URL without a user and a query",
    fallback: "https://api.telegram.org",
    isAccepted: isPlain,
  }),
  smtp: {
    placeholder: "URL",
    describe: "a mail server; put the password in --smtp-password-file",
    accepts: "smtp://HOST:PORT or, for TLS from the start, smtps://HOST:PORT, with USER@ before HOST",
    fallback: null,
    needs: ["mailFrom", "mailTo"],
    passwordHint: "use --smtp-password-file",
    parse(given: string): string | null | undefined {
      const parsed = URL.parse(given);
      if (!parsed || !/^smtps?:$/.test(parsed.protocol) || parsed.password !== "") return undefined;
      return parsed.hostname !== "" && /^\/?$/.test(parsed.pathname) ? given : undefined;
    },
  },
  smtpPasswordFile: file("a file with the password for the mail server", {
    needs: ["smtp"],
  }),
  mailFrom: text<null>({
    placeholder: "ADDRESS",
    describe: "the sender of mails",
    accepts: "an address",
    fallback: null,
    needs: ["smtp"],
  }),
  mailTo: list({
    placeholder: "ADDRESSES",
    describe: "the recipients of mails, separated by commas",
    accepts: "addresses separated by commas",
    fallback: [],
    needs: ["smtp"],
  }),
  silenceTokenFile: file(
    "bearer tokens for silencing alerts, one per line; without it only this machine may silence",
  ),
  heartbeatUrl: url("a URL to GET every minute while targets are polled", {
    accepts: "a URL",
  }),
  logLevel: LOG_LEVEL,
  watchdog: {
    ...url("the running watchdog, for `top`, `status` and `report` only", {
      accepts: "a URL without a user and a query, such as http://127.0.0.1:9978",
      fallback: "http://127.0.0.1:9978",
      isAccepted: isPlain,
    }),
    env: "ORCH_WATCHDOG_URL",
  },
  json: boolean("print JSON, for `status` only", false),
  since: time("the start of the period, for `report` only", "yesterday", YESTERDAY),
  until: time("the end of the period, for `report` only", "now", null),
  by: choice({
    placeholder: "WHAT",
    describe: `what to group past runs by, for \`report\` only: ${GROUPINGS.join(", ")}`,
    of: GROUPINGS,
    fallback: "task",
  }),
  format: choice({
    placeholder: "FORMAT",
    describe: "what to print, for `report` only: table, json, csv",
    of: ["table", "json", "csv"] as const,
    fallback: "table",
  }),
});

export type SettingName = keyof typeof SETTINGS;

/** Settings that only commands have. */
const OF_COMMANDS = ["watchdog", "json", "since", "until", "by", "format"] as const;

/** The settings of an invocation without a command. */
export const WATCHING = (Object.keys(SETTINGS) as SettingName[]).filter(
  (name) => !OF_COMMANDS.some((other) => other === name),
);

export type Config = ValuesOf<typeof SETTINGS>;

/** `names`: the settings that may be given as flags. `ownerOf`: who has another flag. Throws UsageError. */
export function readConfig(
  args: readonly string[],
  env: Environment,
  names = WATCHING,
  ownerOf?: (flag: string) => string | undefined,
): Config {
  return readSettings({ settings: SETTINGS, prefix: PREFIX, ownerOf, args, env, names });
}

function duration(describe: string, fallbackText: string): Definition<number> {
  return {
    placeholder: "TIME",
    describe,
    accepts: "a number with s, m, h or d, such as 36h",
    fallback: parseDuration(fallbackText) as number,
    fallbackText,
    parse: parseDuration,
  };
}

function time<F extends null | number>(
  describe: string,
  fallbackText: string,
  fallback: F,
): Definition<F | number> {
  const parse = (given: string) => parseTime(given, Date.now());
  return { placeholder: "TIME", describe, accepts: TIME_FORMS, fallback, fallbackText, parse };
}

/** It appears in alerts, and paths are appended to it. */
function isPlain({ username, password, href }: URL): boolean {
  return username === "" && password === "" && !/[?#]/.test(href);
}

function url<F extends string | null = null>(
  describe: string,
  {
    isAccepted = () => true,
    fallback = null as F,
    ...more
  }: Pick<Definition<F>, "accepts" | "fallbackText"> & {
    readonly fallback?: F;
    readonly isAccepted?: (url: URL) => boolean;
  },
): Definition<F | string> {
  return {
    placeholder: "URL",
    describe,
    ...more,
    fallback,
    parse(given) {
      const parsed = URL.parse(given);
      const isHttp = parsed !== null && /^https?:$/.test(parsed.protocol);
      return isHttp && isAccepted(parsed) ? given.replace(/\/+$/, "") : undefined;
    },
  };
}

/** Prefers systemd's StateDirectory= over the folder for a user's state. */
export function historyPath(env: Environment): string {
  const folder = env.STATE_DIRECTORY || env.XDG_STATE_HOME || join(homeFolder(), ".local", "state");
  return join(folder, "orch-watchdog", "history.db");
}
