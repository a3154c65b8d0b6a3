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
  mentions: ["sevre", "serve"],
};

/** All of `serve`. */
export const BAD_SETTINGS: readonly BadInput[] = [
  { what: "an unknown flag", args: ["serve", "--databse", "x"], mentions: ["--databse", "--database"] },
  {
    what: "an unknown variable",
    args: ["serve"],
    env: { ORCH_METRICS_PROT: "1" },
    mentions: ["ORCH_METRICS_PROT", "ORCH_METRICS_PORT"],
  },
  {
    what: "a flag's value",
    args: ["serve", "--database", "x", "--port", "many"],
    mentions: ["--port", "many", "65535"],
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
  { what: "a missing value", args: ["serve", "--database"], mentions: ["--database", "path"] },
  {
    what: "a flag in the place of a value",
    args: ["serve", "--database", "--port"],
    mentions: ["--database", "path"],
  },
  { what: "a missing database", args: ["serve"], mentions: ["--database", "ORCH_DATABASE"] },
  { what: "an argument too many", args: ["serve", "file.db"], mentions: ["file.db", "--database"] },
];
