/** The command line of the watchdog: reads the configuration, starts it, and turns what fails into lines for its user. */
import { readFileSync } from "node:fs";
import { forceExit } from "../shared/force-exit.ts";
import { createLogger, type Logger } from "../shared/log.ts";
import { OperatorError } from "../shared/operator-error.ts";
import { printable } from "../shared/printable.ts";
import { readSmallFile } from "../shared/small-file.ts";
import { parseTokens } from "../shared/tokens.ts";
import { ConfigError, readConfig } from "./config/flags.ts";
import { help } from "./config/help.ts";
import type { Config } from "./config/settings.ts";
import { parseTargets, type TargetAddress } from "./config/targets-file.ts";
import { explained, readToken } from "./config/text-file.ts";
import type { ThresholdsFile } from "./config/thresholds.ts";
import { parseThresholds } from "./config/thresholds-schema.ts";
import { thresholdsText } from "./config/thresholds-text.ts";
import { type WatchedFile, watchFile } from "./config/watched-file.ts";
import { FileFaults } from "./config/yaml-file.ts";
import type { Pace } from "./pace.ts";
import { reasonOf } from "./reason.ts";
import { startWatchdog, type Watchdog } from "./start.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** Resolves with the exit code; never rejects for what its user can mend. */
export async function main(args: readonly string[], env: Environment): Promise<number> {
  const printed =
    args.includes("--help") || args.includes("-h")
      ? help()
      : args.includes("--version") || args.includes("-v")
        ? `${version()}\n`
        : args.includes("--print-thresholds")
          ? thresholdsText()
          : undefined;
  if (printed !== undefined) {
    process.stdout.write(printed);
    return 0;
  }
  try {
    await run(readConfig(args, env));
    return 0;
  } catch (error) {
    forceExit();
    for (const line of faultsOf(error)) process.stderr.write(`orch-watchdog: ${printable(line)}\n`);
    return 1;
  }
}

/** Watches until it is stopped. */
export async function run(config: Config, pace?: Pace): Promise<void> {
  const logger = createLogger(config.logLevel);
  const stopped = untilStopped();
  const { close } = await watch(config, logger, pace);
  logger.info({ signal: await stopped }, "stopping");
  await close();
  forceExit();
}

/** Starts to watch what the configuration names, in this process. Rejects with what `faultsOf` has the words for. */
export async function watch(config: Config, logger: Logger, pace?: Pace): Promise<Watchdog> {
  const file = config.targets === undefined ? undefined : readFileOf(config.targets, parseTargets);
  const thresholds =
    config.thresholds === undefined ? undefined : readFileOf(config.thresholds, parseThresholds);
  if (!file && config.target.length === 0)
    throw new ConfigError("no target: give --target NAME=URL, or a file of them by --targets");
  const { tokenFile } = config;
  if (tokenFile !== undefined) explained("--token-file", () => parseTokens(readSmallFile(tokenFile).text));
  const targets = combined(config.target, file, logger);
  targets();
  const watchdog = await startWatchdog({
    ...config,
    targets,
    thresholds: () => refreshed(thresholds, logger) ?? NO_THRESHOLDS,
    ...(tokenFile !== undefined && { token: () => readToken(tokenFile) }),
    history: config.history === "none" ? null : config.history,
    historyBytes: config.historySize,
    keepSeconds: { raw: config.keepRaw, minutes: config.keepMinutes, hours: config.keepHours },
    timeoutSeconds: config.timeout,
    logger,
    ...(pace && { pace }),
  });
  logger.info({ url: watchdog.url, targets: targets().map(({ name }) => name) }, "watching");
  if (!/^http:\/\/(127\.|\[::1\])/.test(watchdog.url))
    logger.warn("whoever reaches this address can read everything and silence alerts");
  return watchdog;
}

const NO_THRESHOLDS: ThresholdsFile = {};

function readFileOf<T>(path: string, parse: (text: string, name: string) => T): WatchedFile<T> {
  return watchFile(path, (text) => parse(text, path));
}

function refreshed<T>(file: WatchedFile<T> | undefined, logger: Logger): T | undefined {
  const { changed, fault } = file?.refresh() ?? { changed: false };
  if (changed) logger.info("a changed file is in force");
  if (fault) logger.error({ fault }, "a changed file cannot be used; the last one stays in force");
  return file?.value;
}

/** By flag and by file, as one list that stays the same array until the file changes. */
function combined(
  byFlag: readonly TargetAddress[],
  file: WatchedFile<readonly TargetAddress[]> | undefined,
  logger: Logger,
): () => readonly TargetAddress[] {
  let seen: readonly TargetAddress[] | undefined;
  let all: readonly TargetAddress[] = [];
  return () => {
    const fromFile = refreshed(file, logger) ?? NO_TARGETS;
    if (fromFile === seen) return all;
    const names = [...byFlag, ...fromFile].map(({ name }) => name);
    const twice = names.find((name, index) => names.indexOf(name) !== index);
    if (twice !== undefined) {
      if (seen === undefined)
        throw new ConfigError(`two targets are called ${twice}: each needs a name of its own`);
      logger.error({ target: twice }, "two targets have one name; the last list stays in force");
    } else all = [...byFlag, ...fromFile];
    seen = fromFile;
    return all;
  };
}

const NO_TARGETS: readonly TargetAddress[] = [];

const SIGNALS = ["SIGTERM", "SIGINT", "SIGHUP"] as const;

/** Resolves with the first of these signals. A second one ends the process as if nobody listened. */
function untilStopped(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    const stop = (signal: NodeJS.Signals) => {
      for (const name of SIGNALS) process.off(name, stop);
      resolve(signal);
    };
    for (const name of SIGNALS) process.on(name, stop);
  });
}

/** A line for each thing that its user can put right. */
export function faultsOf(error: unknown): readonly string[] {
  if (error instanceof FileFaults) return error.faults;
  if (error instanceof ConfigError || error instanceof OperatorError) return [error.message];
  const { code, syscall, path, port, address, hostname } = error as NodeJS.ErrnoException & {
    readonly port?: number;
    readonly address?: string;
    readonly hostname?: string;
  };
  if (code === "EADDRINUSE") return [`port ${port} of ${address} is in use: choose another with --port`];
  if (code === "EACCES" && syscall === "listen")
    return [`no permission to listen on port ${port}: choose one from 1024 on with --port`];
  if (code === "EADDRNOTAVAIL" || syscall === "getaddrinfo")
    return [`cannot listen on ${address ?? hostname}: use an address of this machine with --host`];
  if (code === "SQLITE_BUSY")
    return ["the history file is in use by another orch-watchdog: choose another with --history"];
  if (syscall === "mkdir")
    return [`cannot create the folder ${path} (${code}): choose another with --history`];
  return [`it cannot start: ${reasonOf(error)}`];
}

/** package.json stands one folder above the sources, and two above the compiled files. */
function version(): string {
  for (const path of ["../package.json", "../../package.json"]) {
    try {
      return JSON.parse(readFileSync(new URL(path, import.meta.url), "utf8")).version;
    } catch {}
  }
  throw new Error("package.json is missing from the installation");
}

if (import.meta.main) process.exitCode = await main(process.argv.slice(2), process.env);
