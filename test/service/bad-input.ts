/** What a user may get wrong on the command line, and what the one line that says so mentions. */

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

/** All of `serve`. */
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
    what: "a variable without the prefix that its setting does not have",
    args: ["serve"],
    env: { ORCH_METRICS_DATABASE: "x" },
    mentions: ['unknown environment variable "ORCH_METRICS_DATABASE" (did you mean "ORCH_DATABASE"?)'],
  },
  {
    what: "a flag's value",
    args: ["serve", "--database", "x", "--port", "many"],
    mentions: ['--port: invalid value "many": use a whole number from 0 to 65535'],
  },
  {
    what: "a variable's value",
    args: ["serve", "--database", "x"],
    env: { ORCH_METRICS_ENABLED: "maybe" },
    mentions: ["ORCH_METRICS_ENABLED", "maybe", "yes/no"],
  },
  {
    what: "a word that only JavaScript knows",
    args: ["serve", "--database", "x", "--enabled", "constructor"],
    mentions: ["--enabled", "constructor", "yes/no"],
  },
  {
    what: "a flag of two lines",
    args: ["serve", "--data\nbase", "x"],
    mentions: ["--data\\nbase", "--database"],
  },
  {
    what: "a URL of another system",
    args: ["serve"],
    env: { ORCH_DATABASE: "mysql://app:pw@db/app" },
    mentions: ['ORCH_DATABASE: "mysql://…@db/app" is not supported: use a file, postgres://'],
  },
  {
    what: "a parameter of a URL",
    args: ["serve", "--database", "postgres://db/app?ssl_mode=require"],
    mentions: ['--database: the URL\'s parameter ssl_mode is not supported (did you mean "sslmode"?)'],
  },
  { what: "a missing value", args: ["serve", "--database"], mentions: ["--database", "path"] },
  {
    what: "a flag in the place of a value",
    args: ["serve", "--database", "--port"],
    mentions: ["--database", "path"],
  },
  { what: "a missing database", args: ["serve"], mentions: ["--database", "ORCH_DATABASE"] },
  {
    what: "an argument too many",
    args: ["serve", "file.db"],
    mentions: ['unexpected argument "file.db" (did you mean --database "file.db"?)'],
  },
];
