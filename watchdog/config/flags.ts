/** From flags and environment to one typed Config. A flag beats its variable; an empty variable is an unset one. */
import { parseArgs } from "node:util";
import { holdsPassword, withoutSecrets } from "../../shared/secrets-in-urls.ts";
import { type Config, SETTINGS, type Setting } from "./settings.ts";

/** What the user gave is not accepted. The message is one line, for the user. */
export class ConfigError extends Error {
  constructor(message: string) {
    super(message.replaceAll("\n", "\\n"));
    this.name = "ConfigError";
  }
}

const ALL = Object.entries(SETTINGS) as unknown as readonly (readonly [keyof Config, Setting<unknown>])[];

/** Throws ConfigError for an unknown flag or ORCH_WATCHDOG_* variable, and for a value that does not parse. */
export function readConfig(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Config {
  const known = ALL.map(([, { env: name }]) => name);
  for (const name of Object.keys(env)) {
    if (name.startsWith("ORCH_WATCHDOG_") && !known.includes(name))
      throw new ConfigError(`${name} is no setting; there are ${known.join(", ")}`);
  }
  const flags = readFlags(args);
  const config: Record<string, unknown> = {};
  for (const [name, setting] of ALL) {
    const given = flags.get(setting.flag);
    const variable = env[setting.env];
    if (given?.some(holdsPassword))
      throw new ConfigError(
        `--${setting.flag} holds a password, which every user of this machine can see: give it in ${setting.env}`,
      );
    if (given !== undefined) {
      const values = given.map((text) => parse(setting, `--${setting.flag}`, text));
      config[name] = name === "target" ? values.flat() : values.at(-1);
    } else if (variable !== undefined && variable !== "") {
      config[name] = parse(setting, setting.env, variable);
    } else config[name] = setting.fallback;
  }
  return config as unknown as Config;
}

function parse(setting: Setting<unknown>, source: string, text: string): unknown {
  const value = setting.parse(text);
  if (value === undefined)
    throw new ConfigError(
      `${source}: ${JSON.stringify(withoutSecrets(text))} is not accepted; it takes ${setting.accepts}`,
    );
  return value;
}

function readFlags(args: readonly string[]): ReadonlyMap<string, readonly string[]> {
  const flags = ALL.map(([, { flag }]) => flag);
  const { tokens } = parseArgs({
    args: [...args],
    strict: false,
    tokens: true,
    options: Object.fromEntries(flags.map((flag) => [flag, { type: "string" as const, multiple: true }])),
  });
  const accepted = flags.map((flag) => `--${flag}`).join(", ");
  const values = new Map<string, string[]>();
  for (const token of tokens) {
    if (token.kind === "option-terminator") continue;
    if (token.kind === "positional")
      throw new ConfigError(`${JSON.stringify(token.value)} is one argument too many; there are ${accepted}`);
    if (!flags.includes(token.name))
      throw new ConfigError(`${token.rawName} is no flag; there are ${accepted}`);
    if (token.value === undefined || (!token.inlineValue && token.value.startsWith("--"))) {
      const setting = ALL.find(([, { flag }]) => flag === token.name)?.[1];
      throw new ConfigError(`${token.rawName} needs a value: ${setting?.accepts}`);
    }
    values.set(token.name, [...(values.get(token.name) ?? []), token.value]);
  }
  return values;
}
