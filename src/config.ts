/**
 * From flags and environment to one typed Config. A flag beats its variable; an empty variable is an unset
 * one. Whatever is wrong is a ConfigError of one line that names it and says what is accepted.
 */
import { parseArgs } from "node:util";
import { holdsPassword, withoutSecrets } from "../shared/secrets-in-urls.ts";
import { EXCLUDES, NEEDS } from "./settings/together.ts";
import { SETTINGS, type Setting, type SettingName } from "./settings.ts";

/** `database` is empty only for commands that take none. */
export type Config = {
  readonly [Name in SettingName]: (typeof SETTINGS)[Name] extends Setting<infer T> ? T : never;
};

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
 * variable, a value that does not parse, an argument too many, a password where `ps` shows it, a missing value that has
 * no default, and settings that do not go together. Settings named as optional flags may be missing, and their variables are not looked at.
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
  const sources = new Map<SettingName, string>();
  for (const name of Object.keys(SETTINGS) as SettingName[]) {
    const setting: Setting<unknown> = SETTINGS[name];
    const flag = flags[setting.flag];
    const variable = optionalFlags.includes(name) ? undefined : env[setting.env];
    const given = flag ?? (variable === "" ? undefined : variable);
    if (given !== undefined) {
      const source = flag === undefined ? setting.env : `--${setting.flag}`;
      config[name] = parse(setting, source, given);
      if (names.includes(name)) sources.set(name, source);
    } else if (setting.fallback !== undefined) config[name] = setting.fallback;
    else if (names.includes(name) && !optionalFlags.includes(name)) {
      throw new ConfigError(
        `no ${setting.flag}: give --${setting.flag} ${setting.placeholder} or set ${setting.env}`,
      );
    }
  }
  refuseUnlessTogether(sources);
  return config as unknown as Config;
}

/** `sources` tells of each setting that was given by which flag or variable. */
function refuseUnlessTogether(sources: ReadonlyMap<SettingName, string>): void {
  for (const [one, other] of NEEDS) {
    if (sources.has(one) && !sources.has(other)) {
      const { flag, env } = SETTINGS[other];
      throw new ConfigError(`${sources.get(one)} needs --${flag} too: give it, or set ${env}`);
    }
  }
  for (const [one, other] of EXCLUDES) {
    if (sources.has(one) && sources.has(other)) {
      throw new ConfigError(
        `${sources.get(one)} and ${sources.get(other)} do not go together: leave one away`,
      );
    }
  }
}

function parse(setting: Setting<unknown>, source: string, text: string): unknown {
  const value = setting.parse(text);
  if (value === undefined) {
    const given = JSON.stringify(withoutSecrets(text));
    throw new ConfigError(`${source}: ${given} is not accepted; it takes ${setting.accepts}`);
  }
  return value;
}

/** Every user of the machine sees a process's arguments. */
function refusePasswordInFlag(database: string | undefined): void {
  if (database === undefined || !holdsPassword(database)) return;
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
  const settings = new Map<string, Setting<unknown>>(
    names.map((name) => [SETTINGS[name].flag, SETTINGS[name]]),
  );
  const { tokens } = parseArgs({
    args: [...args],
    strict: false,
    tokens: true,
    options: Object.fromEntries(
      [...settings.values()].map(({ flag, alone }) => [flag, { type: alone ? "boolean" : "string" }]),
    ),
  });
  const accepted = [...settings.keys()].map((flag) => `--${flag}`).join(", ");
  const values: Record<string, string> = {};
  /** The flag before this argument, where it stands alone so far. */
  let lone: string | undefined;
  for (const token of tokens) {
    if (token.kind === "option-terminator") continue;
    if (token.kind === "positional") {
      if (lone === undefined)
        throw new ConfigError(
          `${JSON.stringify(token.value)} is one argument too many; there are ${accepted}`,
        );
      values[lone] = token.value;
      lone = undefined;
      continue;
    }
    const setting = settings.get(token.name);
    if (!setting) throw new ConfigError(`${token.rawName} is no flag of this command; there are ${accepted}`);
    const value = token.value ?? setting.alone;
    if (value === undefined || (!token.inlineValue && value.startsWith("--")))
      throw new ConfigError(`${token.rawName} needs a value: ${setting.accepts}`);
    values[token.name] = value;
    lone = token.value === undefined ? token.name : undefined;
  }
  return values;
}
