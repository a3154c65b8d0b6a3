/**
 * From flags and environment to one typed Config. A flag beats its variable; an empty variable is an unset
 * one. Whatever is wrong is a ConfigError of one line that names it and says what is accepted.
 */
import { parseArgs } from "node:util";
import { type LogLevel, SETTINGS, type Setting, type SettingName } from "./settings.ts";

export interface Config {
  /** Empty only for commands that take none. */
  readonly database: string;
  readonly profile: string;
  readonly host: string;
  readonly port: number;
  readonly maxConnections: number;
  readonly enabled: boolean;
  readonly instance: string;
  readonly maxItems: number;
  /** Null: the profile's. */
  readonly terminalStages: readonly string[] | null;
  readonly localHost: string;
  readonly procRoot: string;
  readonly logLevel: LogLevel;
}

/** What the user gave is not accepted. The message is one line, for the user. */
export class ConfigError extends Error {
  constructor(message: string) {
    super(message.replaceAll("\n", "\\n"));
    this.name = "ConfigError";
  }
}

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads the settings that a command takes. Throws ConfigError for an unknown flag or ORCH_METRICS_*
 * variable, a value that does not parse, an argument too many, a password where `ps` shows it, and a missing value
 * that has no default. Settings named as optional flags may be missing, and their variables are not looked at.
 */
export function readConfig(
  args: readonly string[],
  env: Environment,
  names: readonly SettingName[],
  optionalFlags: readonly SettingName[] = [],
): Config {
  refuseUnknownVariables(env);
  const flags = readFlags(args, names);
  refusePasswordInFlag(flags.database);
  const config: Record<string, unknown> = { database: "" };
  for (const name of Object.keys(SETTINGS) as SettingName[]) {
    const setting: Setting<unknown> = SETTINGS[name];
    const flag = flags[setting.flag];
    const variable = optionalFlags.includes(name) ? undefined : env[setting.env];
    if (flag !== undefined) config[name] = parse(setting, `--${setting.flag}`, flag);
    else if (variable !== undefined && variable !== "") config[name] = parse(setting, setting.env, variable);
    else if (setting.fallback !== undefined) config[name] = setting.fallback;
    else if (names.includes(name) && !optionalFlags.includes(name)) {
      throw new ConfigError(
        `no ${setting.flag}: give --${setting.flag} ${setting.placeholder} or set ${setting.env}`,
      );
    }
  }
  return config as unknown as Config;
}

function parse(setting: Setting<unknown>, source: string, text: string): unknown {
  const value = setting.parse(text);
  if (value === undefined) {
    throw new ConfigError(`${source}: ${JSON.stringify(text)} is not accepted; it takes ${setting.accepts}`);
  }
  return value;
}

/** Every user of the machine sees a process's arguments. */
function refusePasswordInFlag(database: string | undefined): void {
  if (database === undefined || !/^\w+:\/\/[^/?#@]*:[^/?#@]+@|[?&]password=/.test(database)) return;
  throw new ConfigError(
    "--database holds a password, which `ps` shows to everybody: leave it out, and set PGPASSFILE or PGPASSWORD, or give the URL by ORCH_DATABASE",
  );
}

function refuseUnknownVariables(env: Environment): void {
  const known: readonly string[] = Object.values(SETTINGS).map(({ env: name }) => name);
  for (const name of Object.keys(env)) {
    if (name.startsWith("ORCH_METRICS_") && !known.includes(name)) {
      const accepted = known.filter((variable) => variable.startsWith("ORCH_METRICS_"));
      throw new ConfigError(`${name} is no setting; there are ${accepted.join(", ")}`);
    }
  }
}

function readFlags(
  args: readonly string[],
  names: readonly SettingName[],
): Readonly<Record<string, string | undefined>> {
  const flags = names.map((name) => SETTINGS[name].flag);
  const { tokens } = parseArgs({
    args: [...args],
    strict: false,
    tokens: true,
    options: Object.fromEntries(flags.map((flag) => [flag, { type: "string" as const }])),
  });
  const accepted = flags.map((flag) => `--${flag}`).join(", ");
  const values: Record<string, string> = {};
  for (const token of tokens) {
    if (token.kind === "option-terminator") continue;
    if (token.kind === "positional")
      throw new ConfigError(`${JSON.stringify(token.value)} is one argument too many; there are ${accepted}`);
    if (!flags.includes(token.name))
      throw new ConfigError(`${token.rawName} is no flag of this command; there are ${accepted}`);
    if (token.value === undefined || (!token.inlineValue && token.value.startsWith("--"))) {
      const setting = Object.values(SETTINGS).find(({ flag }) => flag === token.name);
      throw new ConfigError(`${token.rawName} needs a value: ${setting?.accepts}`);
    }
    values[token.name] = token.value;
  }
  return values;
}
