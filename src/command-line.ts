/** The command line: picks a command, reads its configuration, runs it, and turns what fails into one line. */
import { printable } from "../shared/printable.ts";
import { CommandError } from "./commands/command-error.ts";
import { type Config, ConfigError, type Environment, readConfig } from "./config.ts";
import { type CommandHelp, commandHelp, programHelp } from "./help.ts";
import { ProfileError } from "./profiles/shipped.ts";
import type { SettingName } from "./settings.ts";
import { version } from "./version.ts";
import { FileFault } from "./watched-files.ts";

interface Command extends CommandHelp {
  /** Settings that have no default and need none, by flag alone. */
  readonly optionalFlags?: readonly SettingName[];
  /** Loads the command, which alone brings what it needs, and resolves with the exit code; nothing is 0. */
  readonly run: (config: Config) => Promise<number | undefined> | Promise<void>;
}

const READING: readonly SettingName[] = [
  "database",
  "profile",
  "instance",
  "maxItems",
  "terminalStages",
  "localHost",
  "procRoot",
  "logLevel",
];
/** What the user can mend; the message is one line. */
const USER_ERRORS = [ConfigError, CommandError, FileFault, ProfileError];

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
    summary: "answer metrics until stopped",
    settings: [...LISTENING, ...SECURING, ...READING],
    run: async (config) => (await import("./commands/serve.ts")).serve(config),
  },
  {
    name: "snapshot",
    summary: "print the envelope once, as JSON",
    settings: READING,
    run: async (config) => (await import("./commands/snapshot.ts")).snapshot(config),
  },
  {
    name: "check",
    summary: "read every source and run every SELECT once, say what was found; exit 1 when one is broken",
    settings: READING,
    run: async (config) => (await import("./commands/check.ts")).check(config),
  },
  {
    name: "demo",
    summary:
      "run a small orchestrator with real agents, serve its metrics, and show it on the watchdog's page",
    settings: [...LISTENING, "pagePort", ...READING],
    // It writes: never to a database that only happens to be in the environment.
    optionalFlags: ["database"],
    run: async (config) => (await import("./commands/demo.ts")).demo(config),
  },
  {
    name: "profiles",
    summary: "list the profiles that come with the program",
    settings: [],
    run: async () => (await import("./commands/profiles.ts")).profiles(),
  },
];

/** As when its reader has left (`orch-metrics check | head -1`), or the disk is full. */
function endWithoutOutput(error: NodeJS.ErrnoException): never {
  if (error.code !== "EPIPE") process.stderr.write(`orch-metrics: cannot write the output (${error.code})\n`);
  process.exit(1);
}

/** Runs a command. Resolves with the exit code; never rejects for what its user can mend. */
export async function runCommand(args: readonly string[], env: Environment): Promise<number> {
  process.stdout.once("error", endWithoutOutput);
  const [name, ...rest] = args;
  if (name === undefined || name === "--help" || name === "-h" || name === "help") {
    process.stdout.write(programHelp(COMMANDS));
    return name === undefined ? 1 : 0;
  }
  if (name === "--version" || name === "-v") {
    process.stdout.write(`${version()}\n`);
    return 0;
  }
  try {
    const command = COMMANDS.find((candidate) => candidate.name === name);
    if (!command) {
      throw new ConfigError(
        `"${name}" is no command; there are ${COMMANDS.map((one) => one.name).join(", ")}`,
      );
    }
    if (rest.includes("--help") || rest.includes("-h")) {
      process.stdout.write(commandHelp(command));
      return 0;
    }
    return (await command.run(readConfig(rest, env, command.settings, command.optionalFlags))) ?? 0;
  } catch (error) {
    if (!USER_ERRORS.some((type) => error instanceof type)) throw error;
    process.stderr.write(`orch-metrics: ${printable((error as Error).message)}\n`);
    return 1;
  }
}
