/**
 * Reads a program's settings from flags and the environment. Flags override environment variables. An empty variable
 * counts as unset. Each error is one line that names the flag or variable and the accepted values.
 */
import { parseArgs } from "node:util";
import { withoutServiceLinks } from "./kubernetes-variables.ts";
import { didYouMean, nearest } from "./nearest.ts";
import { OperatorError, UsageError } from "./operator-error.ts";
import type { Program } from "./program.ts";
import { holdsPassword, withoutSecrets } from "./secrets-in-urls.ts";
import type { Setting, ValuesOf } from "./settings.ts";

export type Environment = Readonly<Record<string, string | undefined>>;
type AnySetting = Setting<unknown>;

export interface ReadOptions<S> {
  readonly settings: S;
  /** Variables with this prefix belong to the program. Unknown ones are refused. */
  readonly prefix: string;
  readonly args: readonly string[];
  readonly env: Environment;
  /** The settings that may be given as flags. The others have the value of their variable, or their default. */
  readonly names?: readonly (keyof S & string)[];
  /** Settings whose variable is ignored and that are optional. */
  readonly byFlagAlone?: readonly (keyof S & string)[] | undefined;
  /** Required settings that need not be given. */
  readonly optional?: readonly (keyof S & string)[] | undefined;
  /** Returns the command or program that has a flag which is not among these names, or undefined. */
  readonly ownerOf?: ((flag: string) => string | undefined) | undefined;
}

/** Throws UsageError. */
export function readSettings<S extends Readonly<Record<string, AnySetting>>>(
  options: ReadOptions<S>,
): ValuesOf<S> {
  const { settings, prefix, args, names = Object.keys(settings), byFlagAlone = [], ownerOf } = options;
  const optional = [...byFlagAlone, ...(options.optional ?? [])];
  const env = withoutServiceLinks(options.env);
  refuseUnknownVariables(env, prefix, Object.values(settings));
  const taken = names.flatMap((name) => settings[name] ?? []);
  const flags = readFlags(args, taken, ownerOf);
  for (const setting of taken) refusePassword(setting, flags.get(setting) ?? []);
  const values: Record<string, unknown> = {};
  /** The flag or variable that each setting came from. */
  const sources = new Map<string, string>();
  for (const [name, setting] of Object.entries(settings)) {
    const texts = flags.get(setting);
    const variable = byFlagAlone.includes(name) ? "" : (env[setting.env] ?? "");
    values[name] = setting.fallback;
    if (texts !== undefined || variable !== "") {
      const source = texts ? `--${setting.flag}` : setting.env;
      const parsed = (texts ?? [variable]).map((text) => parse(setting, source, text));
      values[name] = setting.repeatable ? parsed.flat() : parsed.at(-1);
      if (names.includes(name)) sources.set(name, source);
    }
  }
  for (const name of names) if (!optional.includes(name)) refuseMissing(settings, name, sources);
  refuseUnlessTogether(settings, sources);
  return values as ValuesOf<S>;
}

function parse({ parse: parseText, accepts }: AnySetting, source: string, text: string): unknown {
  let value: unknown;
  try {
    value = parseText(text);
  } catch (error) {
    if (!(error instanceof OperatorError)) throw error;
    throw new UsageError(`${source}: ${error.message}`);
  }
  if (value === undefined) throw new UsageError(`${source}: invalid value ${quoted(text)}: use ${accepts}`);
  return value;
}

/** Quotes the text on one line, without a password. */
export function quoted(text: string): string {
  const shown = withoutSecrets(text);
  return JSON.stringify(holdsPassword(shown) ? "…" : shown);
}

/** Refuses passwords in flags, since every user of the machine can see a process's arguments. */
function refusePassword(
  { flag, env, passwordHint = `set ${env}` }: AnySetting,
  texts: readonly string[],
): void {
  if (!texts.some(holdsPassword)) return;
  throw new UsageError(
    `--${flag} contains a password, which \`ps\` shows to every user: ${passwordHint} instead`,
  );
}

function refuseMissing(
  settings: Readonly<Record<string, AnySetting>>,
  name: string,
  sources: ReadonlyMap<string, string>,
): void {
  const { flag, placeholder, env, required = false, unless = [] } = settings[name] as AnySetting;
  if (!required || [name, ...unless].some((one) => sources.has(one))) return;
  const instead = unless.map((other) => `, or --${settings[other]?.flag}`).join("");
  throw new UsageError(`no ${flag}: set --${flag} ${placeholder} or ${env}${instead}`);
}

function refuseUnlessTogether(
  settings: Readonly<Record<string, AnySetting>>,
  sources: ReadonlyMap<string, string>,
): void {
  for (const [name, source] of sources) {
    for (const other of settings[name]?.needs ?? []) {
      const { flag, env } = settings[other] as AnySetting;
      if (!sources.has(other)) throw new UsageError(`${source} also needs --${flag} (or ${env})`);
    }
    for (const other of settings[name]?.excludes ?? []) {
      if (sources.has(other))
        throw new UsageError(`${source} and ${sources.get(other)} cannot be used together: remove one`);
    }
  }
}

function refuseUnknownVariables(env: Environment, prefix: string, settings: readonly AnySetting[]): void {
  for (const name of Object.keys(env)) {
    if (!name.startsWith(prefix) || settings.some((setting) => setting.env === name)) continue;
    // In the spelling of a flag, so that the prefix does not count, and a setting with a missing prefix is found.
    const flag = name.slice(prefix.length).toLowerCase().replaceAll("_", "-");
    const meant = nearestSetting(flag, settings)?.env;
    throw new UsageError(
      `unknown environment variable ${JSON.stringify(name)}${didYouMean(meant) || ": --help lists the variables"}`,
    );
  }
}

function nearestSetting(flag: string, settings: readonly AnySetting[]): AnySetting | undefined {
  const name = nearest(
    flag,
    settings.map((setting) => setting.flag),
  );
  return settings.find((setting) => setting.flag === name);
}

/** Returns the texts of each given flag, in their order. */
function readFlags(
  args: readonly string[],
  settings: readonly AnySetting[],
  ownerOf: ReadOptions<unknown>["ownerOf"],
): ReadonlyMap<AnySetting, readonly string[]> {
  const { tokens } = parseArgs({
    args: [...args],
    strict: false,
    tokens: true,
    options: Object.fromEntries(
      settings.map(({ flag, alone }) => [flag, { type: alone === undefined ? "string" : "boolean" }]),
    ),
  });
  const texts = new Map<AnySetting, string[]>();
  /** The previous flag, if it has no value yet. */
  let lone: AnySetting | undefined;
  for (const token of tokens) {
    if (token.kind === "option-terminator") continue;
    if (token.kind === "positional") {
      if (!lone) throw unexpectedArgument(token.value, settings, texts);
      texts.get(lone)?.splice(-1, 1, token.value);
      lone = undefined;
      continue;
    }
    const setting = settings.find(({ flag }) => flag === token.name);
    if (!setting) throw unknownFlag(token.rawName, settings, ownerOf?.(token.name));
    const value = token.value ?? setting.alone;
    if (value === undefined || (!token.inlineValue && value.startsWith("--")))
      throw new UsageError(`${token.rawName} needs a value: ${setting.accepts}`);
    texts.set(setting, [...(texts.get(setting) ?? []), value]);
    lone = token.value === undefined ? setting : undefined;
  }
  return texts;
}

function unknownFlag(rawName: string, settings: readonly AnySetting[], owner?: string): UsageError {
  if (owner !== undefined) return new UsageError(`${rawName} is a flag of ${owner}`);
  const meant = nearestSetting(rawName.replace(/^-+/, ""), settings);
  const hint = didYouMean(meant && `--${meant.flag}`) || ": --help lists the flags";
  return new UsageError(`unknown flag ${quoted(rawName)}${hint}`);
}

function unexpectedArgument(
  text: string,
  settings: readonly AnySetting[],
  given: ReadonlyMap<AnySetting, unknown>,
): UsageError {
  const missing = settings.find((setting) => setting.required && !given.has(setting));
  const hint = missing ? ` (did you mean --${missing.flag} ${quoted(text)}?)` : ": --help lists the flags";
  return new UsageError(`unexpected argument ${quoted(text)}${hint}`);
}

/** The error for a word in the place of a command. It suggests the command that was probably meant. */
export function unknownCommand({ name: program, commands }: Program, word: string): UsageError {
  const names = commands.map(({ name }) => name);
  const meant = didYouMean(nearest(word, names));
  return new UsageError(`unknown command ${quoted(word)}${meant}; see ${program} --help`);
}
