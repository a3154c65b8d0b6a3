/** The command line of the watchdog: reads the configuration, starts the watchdog, and prints errors, one per line. */
import { asksFor, exitOnOutputError, printErrors } from "../shared/command-output.ts";
import { COMPLETION, completionScript } from "../shared/completion.ts";
import { forceExit } from "../shared/force-exit.ts";
import { createLogger, type Logger } from "../shared/log.ts";
import { explained, OperatorError, UsageError } from "../shared/operator-error.ts";
import { type OtherProgram, ownerOf, type Program, type ProgramCommand } from "../shared/program.ts";
import { type Environment, unknownCommand } from "../shared/read-settings.ts";
import { commandHelp, helpText } from "../shared/settings-help.ts";
import { readSmallFile } from "../shared/small-file.ts";
import { parseTokens } from "../shared/tokens.ts";
import { untilStopped } from "../shared/until-stopped.ts";
import { version } from "../shared/version.ts";
import { watchFile } from "./config/files.ts";
import { retiredKeyWarnings } from "./config/retired-thresholds.ts";
import { type Config, readConfig, SETTINGS, type SettingName, WATCHING } from "./config/settings.ts";
import { parseTargets, type TargetAddress } from "./config/targets-file.ts";
import { parseThresholds, thresholdsText } from "./config/thresholds.ts";
import { FileErrors } from "./config/yaml-file.ts";
import type { Pace } from "./pace.ts";
import { reasonOf } from "./reason.ts";
import { keepHeapSmall } from "./small-heap.ts";
import type { Watchdog } from "./start.ts";

const NAME = "orch-watchdog";
const TEST_ALERT = "--test-alert";

export const SERVICE: OtherProgram = [
  "orch-metrics",
  "database profile page-port max-connections socket tls-certificate tls-key tls-client-ca allow-anonymous cors-origins enabled instance max-items terminal-stages watch-processes local-host proc-root fail".split(
    " ",
  ),
];

/** Resolves with the exit code. Never rejects for errors that the user can fix. */
export async function main(args: readonly string[], env: Environment): Promise<number> {
  exitOnOutputError(NAME);
  const [name, ...rest] = args[0] === "help" ? args.slice(1) : args;
  const printed = asksFor("help", args)
    ? help(name)
    : asksFor("version", args)
      ? `${version()}\n`
      : args.includes("--print-thresholds")
        ? thresholdsText()
        : undefined;
  if (printed !== undefined) {
    process.stdout.write(printed);
    return 0;
  }
  try {
    const command = COMMANDS.find((each) => each.name === name);
    if (command) {
      await command.run(configOf(rest, env, command.settings));
      return 0;
    }
    if (name === COMPLETION.name) {
      process.stdout.write(completionScript(describeProgram(), rest[0] ?? ""));
      return 0;
    }
    if (name !== undefined && /^\w/.test(name)) throw unknownCommand(describeProgram(), name);
    if (!args.includes(TEST_ALERT)) {
      await run(configOf(args, env));
      return 0;
    }
    const others = args.filter((arg) => arg !== TEST_ALERT);
    const { testAlert } = await import("./test-alert.ts");
    const isTaken = await testAlert(configOf(others, env), (line) => process.stdout.write(`${line}\n`));
    return isTaken ? 0 : 1;
  } catch (error) {
    forceExit();
    return printErrors(NAME, errorLines(error), error instanceof UsageError ? error.exitCode : 1);
  }
}

/** `names`: the settings of the command. Throws UsageError. */
export function configOf(args: readonly string[], env: Environment, names?: SettingName[]): Config {
  return readConfig(args, env, names, (flag) => ownerOf(flag, describeProgram(), SERVICE));
}

interface Command extends Omit<ProgramCommand, "settings"> {
  readonly settings: SettingName[];
  /** Imports and runs the command, so that others load nothing for it. */
  readonly run: (config: Config) => Promise<void>;
}

/** The commands that show a running watchdog. */
const COMMANDS: readonly Command[] = [
  {
    name: "top",
    summary: "show the agents of a running watchdog live; without a terminal, print the table once",
    example: " --watchdog http://127.0.0.1:9978",
    settings: ["watchdog", "silenceTokenFile"],
    run: async (config) => (await import("./top/top.ts")).top(config),
  },
  {
    name: "status",
    summary: "print the number of agents and alerts of a running watchdog, without names, in one line",
    example: " --json",
    settings: ["watchdog", "json"],
    run: async (config) => (await import("./status.ts")).status(config),
  },
  {
    name: "report",
    summary: "print past runs with duration, outcome, tokens and cost, by task, agent, model or day",
    example: " --since yesterday --by model",
    settings: ["watchdog", "since", "until", "by", "format"],
    run: async (config) => (await import("./report/report.ts")).report(config),
  },
];

/** The command line, for completion and the manual page. */
export function describeProgram(): Program {
  return {
    name: NAME,
    about: "detects hung agents, raises alerts, keeps history, and shows it all on a page",
    settings: WATCHING.map((setting) => SETTINGS[setting]),
    flags: [
      ["--print-thresholds", "print a thresholds file with every default, and exit"],
      [TEST_ALERT, "send an alert to each configured receiver, print the results, and exit"],
    ],
    commands: [
      ...COMMANDS.map(({ settings, ...command }) => ({
        ...command,
        settings: settings.map((setting) => SETTINGS[setting]),
      })),
      { ...COMPLETION, example: " bash >>~/.bash_completion" },
    ],
  };
}

function help(name: string | undefined): string {
  const { about, settings, flags, commands } = describeProgram();
  const command = commands.find((each) => each.name === name);
  if (command) return commandHelp(NAME, command);
  return helpText(NAME, {
    about,
    settings,
    usage: ` --target NAME=URL [FLAGS]\n       ${NAME} COMMAND [FLAGS]`,
    commands: commands.map((each) => [`${each.name} ${each.operand ?? ""}`.trim(), each.summary]),
    more: flags,
    example: `${NAME} --target main=http://127.0.0.1:9977`,
  });
}

/** Runs until it is stopped. */
export async function run(config: Config, pace?: Pace): Promise<void> {
  keepHeapSmall();
  const logger = createLogger(config.logLevel);
  const stopped = untilStopped();
  const { close } = await watch(config, logger, pace);
  logger.info({ signal: await stopped }, "stopping");
  await close();
  forceExit();
}

/** Starts the configured watchdog in this process. Rejects with errors that `errorLines` can describe. */
export async function watch(config: Config, logger: Logger, pace?: Pace): Promise<Watchdog> {
  const { tokenFile } = config;
  const targets = watchFile(
    config.targets,
    (text, name) => withUniqueNames([...config.target, ...parseTargets(text, name)]),
    withUniqueNames(config.target),
    logger,
  );
  const thresholds = watchFile(
    config.thresholds,
    (text, name) => {
      const file = parseThresholds(text, name);
      for (const warning of retiredKeyWarnings(file)) logger.warn(warning);
      return file;
    },
    {},
    logger,
  );
  if (config.targets === null && config.target.length === 0)
    throw new UsageError("no target: add one with --target NAME=URL, or a file of targets with --targets");
  if (tokenFile !== null)
    explained(`--token-file ${tokenFile}`, () => parseTokens(readSmallFile(tokenFile).text));
  const { startWatchdog } = await import("./start.ts");
  const watchdog = await startWatchdog(config, { targets, thresholds, logger, ...(pace && { pace }) });
  const { url } = watchdog;
  logger.info({ url, targets: targets().map(({ name }) => name) }, `watching; the page is at ${url}`);
  if (!/^http:\/\/(127\.|\[::1\])/.test(url))
    logger.warn("everyone who can connect to this address can read everything");
  return watchdog;
}

/** Throws UsageError if two targets have the same name. */
function withUniqueNames(targets: readonly TargetAddress[]): readonly TargetAddress[] {
  const names = targets.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice === undefined) return targets;
  throw new UsageError(`duplicate target name ${JSON.stringify(twice)}: give each its own`);
}

/** Returns a line for each error that the user can fix. */
export function errorLines(error: unknown): readonly string[] {
  if (error instanceof FileErrors) return error.errors;
  if (error instanceof OperatorError) return [error.message];
  const { code, syscall, path, port, address, hostname } = error as NodeJS.ErrnoException & {
    readonly port?: number;
    readonly address?: string;
    readonly hostname?: string;
  };
  if (code === "EADDRINUSE") return [`port ${port} of ${address} is in use: choose another with --port`];
  if (code === "EACCES" && syscall === "listen")
    return [`no permission to listen on port ${port}: choose 1024 or higher with --port`];
  if (code === "EADDRNOTAVAIL" || syscall === "getaddrinfo")
    return [`cannot listen on ${address ?? hostname}: use an address of this machine with --host`];
  if (code === "SQLITE_BUSY")
    return ["the history file is in use by another orch-watchdog: choose another with --history"];
  if (syscall === "mkdir")
    return [`cannot create the folder ${path} (${code}): choose another with --history`];
  if (syscall === "open") return [`cannot open ${path} (${code}): choose another with --history`];
  return [`cannot start: ${reasonOf(error)}`];
}

if (import.meta.main) process.exitCode = await main(process.argv.slice(2), process.env);
