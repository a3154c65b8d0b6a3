/** Settings that both programs have. */
import { isIPv6 } from "node:net";
import { choice, list } from "./settings.ts";

const LOG_LEVELS = ["debug", "info", "warn", "error", "silent"] as const;

export type LogLevel = (typeof LOG_LEVELS)[number];

export const LOG_LEVEL = choice({
  placeholder: "LEVEL",
  describe: `what to log: ${LOG_LEVELS.join(", ")}`,
  of: LOG_LEVELS,
  fallback: "info",
});

export const ALLOWED_HOSTS = list(
  {
    placeholder: "NAMES",
    describe: "additional Host header values to accept, for example a proxy's host name",
    accepts: "host names or addresses without ports, separated by commas",
    fallback: [],
  },
  (name) => /^[a-z0-9_.-]+$/i.test(name) || isIPv6(name.replace(/^\[(.*)\]$/, "$1")),
);
