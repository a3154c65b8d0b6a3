/** Invalid command lines, and the texts that the one-line error must contain. */

export interface BadInput {
  readonly what: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly mentions: readonly string[];
}

export const UNKNOWN_COMMAND: BadInput = {
  what: "an unknown command",
  args: ["sevre"],
  mentions: ['unknown command "sevre" (did you mean "serve"?)'],
};

/** All of them are arguments of `serve`. */
export const BAD_SETTINGS: readonly BadInput[] = [
  {
    what: "an unknown flag",
    args: ["serve", "--databse", "x"],
    mentions: ['unknown flag "--databse" (did you mean "--database"?)'],
  },
  {
    what: "an unknown variable",
    args: ["serve"],
    env: { ORCH_METRICS_PROT: "1" },
    mentions: ['unknown environment variable "ORCH_METRICS_PROT" (did you mean "ORCH_METRICS_PORT"?)'],
  },
  {
    what: "a variable with the wrong prefix",
    args: ["serve"],
    env: { ORCH_METRICS_DATABASE: "x" },
    mentions: ['unknown environment variable "ORCH_METRICS_DATABASE" (did you mean "ORCH_DATABASE"?)'],
  },
  {
    what: "an invalid value of a flag",
    args: ["serve", "--database", "x", "--port", "many"],
    mentions: ['--port: invalid value "many": use a whole number from 0 to 65535'],
  },
  {
    what: "an invalid value of a variable",
    args: ["serve", "--database", "x"],
    env: { ORCH_METRICS_ENABLED: "maybe" },
    mentions: ["ORCH_METRICS_ENABLED", "maybe", "yes/no"],
  },
  {
    what: "a JavaScript property name as a value",
    args: ["serve", "--database", "x", "--enabled", "constructor"],
    mentions: ["--enabled", "constructor", "yes/no"],
  },
  {
    what: "a flag with a line break",
    args: ["serve", "--data\nbase", "x"],
    mentions: ["--data\\nbase", "--database"],
  },
  {
    what: "the URL of an unsupported database",
    args: ["serve"],
    env: { ORCH_DATABASE: "mysql://app:pw@db/app" },
    mentions: ['ORCH_DATABASE: "mysql://…@db/app" is not supported: use a file, postgres://'],
  },
  {
    what: "an unknown parameter in a URL",
    args: ["serve", "--database", "postgres://db/app?ssl_mode=require"],
    mentions: ['--database: the URL\'s parameter ssl_mode is not supported (did you mean "sslmode"?)'],
  },
  { what: "a missing value", args: ["serve", "--database"], mentions: ["--database", "path"] },
  {
    what: "a flag in place of a value",
    args: ["serve", "--database", "--port"],
    mentions: ["--database", "path"],
  },
  { what: "a missing database", args: ["serve"], mentions: ["--database", "ORCH_DATABASE"] },
  {
    what: "an unexpected argument",
    args: ["serve", "file.db"],
    mentions: ['unexpected argument "file.db" (did you mean --database "file.db"?)'],
  },
];
