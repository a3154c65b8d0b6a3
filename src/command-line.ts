/** The command line of the service: picks a command, reads its configuration, runs it, and reports errors in one line. */
import { exitOnOutputError, printErrors } from "../shared/command-output.ts";
import { didYouMean, nearest } from "../shared/nearest.ts";
import { OperatorError } from "../shared/operator-error.ts";
import { type Environment, quoted } from "../shared/read-settings.ts";
import { columns, flagLines } from "../shared/settings-help.ts";
import { version } from "../shared/version.ts";
import { ProfileError } from "./profiles/shipped.ts";
import { type Config, readConfig, SETTINGS, type SettingName } from "./settings.ts";

const NAME = "orch-metrics";

interface Command {
  readonly name: string;
  readonly summary: string;
  readonly settings: readonly SettingName[];
  /** Settings whose variable is ignored, and that may be missing. */
  readonly byFlagAlone?: readonly SettingName[];
  /** Loads the command, which alone brings what it needs, and resolves with the exit code; nothing is 0. */
  readonly run: (config: Config) => Promise<number | undefined> | Promise<void>;
}

/** What the user can fix; the message is one line. */
const USER_ERRORS = [OperatorError, ProfileError];

const READING: readonly SettingName[] = [
  "database",
  "profile",
  "instance",
  "maxItems",
  "terminalStages",
  "localHost",
  "logContent",
  "procRoot",
  "logLevel",
];

const LISTENING: readonly SettingName[] = [
  "host",
  "port",
  "maxConnections",
  "allowAnonymous",
  "allowedHosts",
  "enabled",
];
const SECURING: readonly SettingName[] = [
  "socket",
  "socketMode",
  "socketGroup",
  "tokenFile",
  "openHealth",
  "tlsCertificate",
  "tlsKey",
  "tlsClientCa",
  "corsOrigins",
];

const COMMANDS: readonly Command[] = [
  {
    name: "serve",
    summary: "serve metrics until stopped",
    settings: [...LISTENING, ...SECURING, ...READING],
    run: async (config) => (await import("./commands/serve.ts")).serve(config),
  },
  {
    name: "snapshot",
    summary: "print the metrics once, as JSON",
    settings: READING,
    run: async (config) => (await import("./commands/snapshot.ts")).snapshot(config),
  },
  {
    name: "check",
    summary: "read every source and run every SELECT once, and report the results; exits with 1 if one fails",
    settings: READING,
    run: async (config) => (await import("./commands/check.ts")).check(config),
  },
  {
    name: "demo",
    summary: "run a small orchestrator with real agents, its metrics, and the watchdog's page",
    settings: [...LISTENING, "pagePort", ...READING],
    // It writes: never to a database that only happens to be in the environment.
    byFlagAlone: ["database"],
    run: async (config) => (await import("./commands/demo.ts")).demo(config),
  },
  {
    name: "profiles",
    summary: "list the profiles that come with the program",
    settings: [],
    run: async () => (await import("./commands/profiles.ts")).profiles(),
  },
];

/** Runs a command. Resolves with the exit code; never rejects for what its user can fix. */
export async function runCommand(args: readonly string[], env: Environment): Promise<number> {
  exitOnOutputError(NAME);
  const [name, ...rest] = args;
  if (name === undefined || name === "--help" || name === "-h" || name === "help") {
    process.stdout.write(programHelp());
    return name === undefined ? 1 : 0;
  }
  if (name === "--version" || name === "-v") {
    process.stdout.write(`${version()}\n`);
    return 0;
  }
  try {
    const command = COMMANDS.find((candidate) => candidate.name === name);
    if (!command) throw unknownCommand(name);
    if (rest.includes("--help") || rest.includes("-h")) {
      process.stdout.write(commandHelp(command));
      return 0;
    }
    return (await command.run(readConfig(rest, env, command.settings, command.byFlagAlone))) ?? 0;
  } catch (error) {
    if (!USER_ERRORS.some((type) => error instanceof type)) throw error;
    return printErrors(NAME, [(error as Error).message]);
  }
}

function unknownCommand(name: string): OperatorError {
  const names = COMMANDS.map((command) => command.name);
  const hint = didYouMean(nearest(name, names)) || `: the commands are ${names.join(", ")}`;
  return new OperatorError(`unknown command ${quoted(name)}${hint}`);
}

function programHelp(): string {
  return [
    `${NAME}: read-only metrics of an agent orchestrator.`,
    "",
    `Usage: ${NAME} COMMAND [FLAGS]`,
    "",
    "Commands:",
    ...columns(COMMANDS.map(({ name, summary }) => [name, summary])),
    "",
    `${NAME} COMMAND --help lists the flags of a command; ${NAME} --version prints the version.`,
    "",
  ].join("\n");
}

function commandHelp({ name, summary, settings }: Command): string {
  return [
    `${NAME} ${name}: ${summary}.`,
    "",
    `Usage: ${NAME} ${name}${settings.length > 0 ? " [FLAGS]" : ""}`,
    "",
    ...(settings.length > 0 ? [...flagLines(settings.map((setting) => SETTINGS[setting])), ""] : []),
  ].join("\n");
}
