/** The command line of the service: selects a command, reads its configuration, runs it, and reports an error in one line. */
import { asksFor, printErrors } from "../shared/command-output.ts";
import { COMPLETION, completionScript } from "../shared/completion.ts";
import { OperatorError, UsageError } from "../shared/operator-error.ts";
import { type OtherProgram, ownerOf, type Program, type ProgramCommand } from "../shared/program.ts";
import { type Environment, unknownCommand } from "../shared/read-settings.ts";
import { commandHelp, helpText } from "../shared/settings-help.ts";
import { version } from "../shared/version.ts";
import { type Config, readConfig, SETTINGS, type SettingName } from "./settings.ts";

const NAME = "orch-metrics";
const ABOUT = "read-only metrics of an agent orchestrator";

interface Command extends Omit<ProgramCommand, "settings"> {
  readonly settings: readonly SettingName[];
  /** Settings whose variable is ignored and that are optional. */
  readonly byFlagAlone?: readonly SettingName[];
  /** Required settings that may be missing. */
  readonly optional?: readonly SettingName[];
  /** Imports and runs the command, so that others load nothing for it. Resolves with the exit code; undefined is 0. */
  readonly run: (config: Config, operand: string) => Promise<number | undefined> | Promise<void>;
}

export const WATCHDOG: OtherProgram = [
  "orch-watchdog",
  "target targets thresholds print-thresholds poll-seconds timeout history-size keep-raw keep-hours alertmanager webhook runbooks since until by".split(
    " ",
  ),
];

const SOURCES = ["database", "profile", "instance", "maxItems", "terminalStages"] as const;
const READING = [...SOURCES, "localHost", "logContent", "procRoot", "logLevel"] as const;
const WATCHING = [...READING, "watchProcesses"] as const;
const LISTENING = ["host", "port", "maxConnections", "allowAnonymous", "allowedHosts", "enabled"] as const;
const SOCKET = ["socket", "socketMode", "socketGroup"] as const;
const TLS = ["tlsCertificate", "tlsKey", "tlsClientCa"] as const;
const SECURING = [...SOCKET, "tokenFile", "openHealth", ...TLS, "corsOrigins"] as const;

const COMMANDS: readonly Command[] = [
  {
    name: "up",
    summary: "serve metrics, and watch them on a page: for this user's agents, or those of a database",
    example: " --database orchestrator.db",
    settings: [...WATCHING, "port", "pagePort", "history"],
    // The watchdog that it starts sends no token and no certificate, and uses no socket.
    byFlagAlone: ["host", ...SECURING],
    optional: ["database"],
    run: async (config) => (await import("./commands/up.ts")).up(config),
  },
  {
    name: "top",
    summary: "show the agents of a running watchdog in the terminal; if none runs, start what `up` starts",
    example: "",
    settings: [...WATCHING, "port", "pagePort", "history", "watchdog"],
    byFlagAlone: ["host", ...SECURING],
    optional: ["database"],
    run: async (config) => (await import("./commands/top.ts")).top(config),
  },
  {
    name: "serve",
    summary: "serve metrics until stopped",
    example: " --database /var/lib/orchestrator/orchestrator.db",
    settings: [...WATCHING, ...LISTENING, ...SECURING],
    run: async (config) => (await import("./commands/serve.ts")).serve(config),
  },
  {
    name: "snapshot",
    summary: "print the metrics as JSON or as a table: once, or every few seconds",
    example: " --database orchestrator.db | jq .queue",
    settings: [...WATCHING, "format", "watch", "interval", "fail"],
    run: async (config) => (await import("./commands/snapshot.ts")).snapshot(config),
  },
  {
    name: "check",
    summary: "read every source and run every SELECT once, and report the results; exits with 1 if one fails",
    example: " --database queue.db --profile ./mine.sql",
    settings: [...WATCHING, "watch"],
    run: async (config) => (await import("./commands/check.ts")).check(config),
  },
  {
    name: "init",
    summary: "draft a profile for a database that no profile fits, and check it",
    example: " --database app.db --output mine.sql",
    settings: ["database", "output", "table", "procRoot", "logLevel"],
    run: async (config) => (await import("./commands/init.ts")).init(config),
  },
  {
    name: "demo",
    summary: "run a small orchestrator with real agents, its metrics, and the watchdog's page",
    example: "",
    settings: [...READING, ...LISTENING, "pagePort"],
    // The demo writes to the database, so a database that happens to be set in the environment does not count.
    byFlagAlone: ["database", ...SECURING],
    run: async (config) => (await import("./commands/demo.ts")).demo(config),
  },
  {
    name: "profiles",
    summary: "list the shipped profiles",
    example: "",
    settings: [],
    run: async () => (await import("./commands/profiles.ts")).profiles(),
  },
  {
    name: "profiles test",
    summary:
      "load each dump in a folder and compare the results with the expected ones; exits with 1 if one differs",
    example: " ./profiles",
    operand: "FOLDER",
    settings: ["database"],
    // The test creates databases, so a server that happens to be set in the environment does not count.
    byFlagAlone: ["database", "maxItems", "terminalStages"],
    run: async (config, folder) => (await import("./commands/profiles-test.ts")).profilesTest(folder, config),
  },
  {
    ...COMPLETION,
    example: " bash >>~/.bash_completion",
    run: async (_config, shell) => void process.stdout.write(completionScript(describeProgram(), shell)),
  },
];

/** Describes the command line, for completion and the manual page. */
export function describeProgram(): Program {
  return {
    name: NAME,
    about: ABOUT,
    settings: [],
    flags: [],
    commands: COMMANDS.map(described),
  };
}

function described({ settings, ...command }: Command): ProgramCommand {
  return { ...command, settings: settings.map((name) => SETTINGS[name]) };
}

/** Runs a command. Resolves with the exit code. Does not reject for errors that the user can fix. */
export async function runCommand(args: readonly string[], env: Environment): Promise<number> {
  if (args.length === 0) {
    process.stderr.write(programHelp());
    return 2;
  }
  if (asksFor("version", args)) {
    process.stdout.write(`${version()}\n`);
    return 0;
  }
  const isHelp = asksFor("help", args);
  const words = args[0] === "help" ? args.slice(1) : args;
  const [name = "--help"] = words;
  return reported(async () => {
    // Command names have up to two words.
    const command = [2, 1]
      .map((length) => COMMANDS.find((candidate) => candidate.name === words.slice(0, length).join(" ")))
      .find((found) => found !== undefined);
    if (!command && !(isHelp && name.startsWith("-"))) throw unknownCommand(describeProgram(), name);
    if (isHelp || !command) {
      process.stdout.write(command ? commandHelp(NAME, described(command)) : programHelp());
      return 0;
    }
    const { operand, settings, byFlagAlone, optional, run } = command;
    const rest = words.slice(command.name.split(" ").length);
    const [first = "-"] = rest;
    if (operand !== undefined && first.startsWith("-"))
      throw new UsageError(`missing ${operand}: use ${NAME} ${command.name} ${operand}`);
    const flags = rest.slice(operand === undefined ? 0 : 1);
    const owner = (flag: string) => ownerOf(flag, describeProgram(), WATCHDOG);
    const config = readConfig(flags, env, settings, { byFlagAlone, optional, ownerOf: owner });
    return (await run(config, first)) ?? 0;
  });
}

/** Returns the exit code of `work`; undefined is 0. Prints errors that the user can fix, one per line. */
export async function reported(work: () => Promise<number | undefined> | Promise<void>): Promise<number> {
  try {
    return (await work()) ?? 0;
  } catch (error) {
    if (!(error instanceof OperatorError)) throw error;
    const { message, cause, exitCode }: Error & { exitCode?: number } = error;
    const { path } = (cause ?? {}) as NodeJS.ErrnoException;
    return printErrors(NAME, path === undefined ? message.split("\n") : [`${message}: ${path}`], exitCode);
  }
}

function programHelp(): string {
  return helpText(NAME, {
    about: ABOUT,
    usage: " COMMAND [FLAGS]",
    commands: COMMANDS.map(({ name, summary }) => [name, summary]),
    more: [[`COMMAND --help`, "print the flags of a command"]],
    example: `${NAME} serve --database orchestrator.db`,
  });
}
