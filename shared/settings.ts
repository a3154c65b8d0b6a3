/** A program's settings, and their kinds. Each has a flag, an environment variable, a default and help. */

/** A setting as written in a program's table. */
export interface Definition<T> {
  /** The placeholder of the value in `--help`, such as FILE. */
  readonly placeholder: string;
  readonly describe: string;
  /** The accepted values, for the error that refuses a value. */
  readonly accepts: string;
  readonly fallback: T;
  /** The text in `--help` for a default that depends on the machine or on other settings. */
  readonly fallbackText?: string;
  /** Default: the program's prefix followed by the setting's name. */
  readonly env?: string;
  /** Whether commands with this setting cannot run without it. */
  readonly required?: boolean;
  /** Names of settings, any of which makes a required one optional. */
  readonly unless?: readonly string[];
  /** The value of the flag without a value. Undefined if it needs one. */
  readonly alone?: string;
  /** The values that completion offers. */
  readonly words?: readonly string[];
  /** Whether the flag may be repeated. Its lists are then joined. */
  readonly repeatable?: boolean;
  /** Names of the settings that this one requires. */
  readonly needs?: readonly string[];
  /** Names of the settings that cannot be combined with this one. */
  readonly excludes?: readonly string[];
  /** Where to put a password instead of the flag. Default: the variable. */
  readonly passwordHint?: string;
  /** Returns undefined if the text is not accepted, or throws OperatorError with a reason that shows no secret. */
  readonly parse: (text: string) => T | undefined;
}

export interface Setting<T> extends Definition<T> {
  /** Without the dashes. */
  readonly flag: string;
  readonly env: string;
}

/** `pollSeconds` becomes `--poll-seconds` and, with the prefix `ORCH_WATCHDOG_`, `ORCH_WATCHDOG_POLL_SECONDS`. */
export function defineSettings<D extends Readonly<Record<string, Definition<unknown>>>>(
  prefix: string,
  definitions: D,
): { readonly [Name in keyof D]: D[Name] extends Definition<infer T> ? Setting<T> : never } {
  const settings = Object.entries(definitions).map(([name, definition]) => {
    const flag = name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    const env = prefix + flag.toUpperCase().replaceAll("-", "_");
    return [name, { env, ...definition, flag }];
  });
  return Object.fromEntries(settings);
}

/** The type of the values of a settings table. */
export type ValuesOf<S> = { readonly [Name in keyof S]: S[Name] extends Setting<infer T> ? T : never };

type Common<T> = Omit<Definition<T>, "parse">;
type WithoutAccepts<T> = Omit<Common<T>, "accepts">;

/** Accepts any text that is not blank. With `text<null>` the default may be null, for none. */
export function text<None = never>(
  definition: Common<string | NoInfer<None>>,
): Definition<string | NoInfer<None>> {
  return { ...definition, parse: nonEmpty };
}

/** Accepts the path of a file. By default there is none. */
export function file(
  describe: string,
  more: Partial<Definition<string | null>> = {},
): Definition<string | null> {
  const accepts = "the path of a file";
  return text<null>({ placeholder: "FILE", describe, accepts, fallback: null, ...more });
}

export function integer<None = never>(
  definition: WithoutAccepts<number | NoInfer<None>> & { readonly from: number; readonly to: number },
): Definition<number | NoInfer<None>> {
  const { from, to, ...rest } = definition;
  return {
    ...rest,
    accepts: `a whole number from ${from} to ${to}`,
    parse: (given) => within(from, to, /^\d+$/.test(given) ? Number(given) : undefined),
  };
}

export function number(
  definition: WithoutAccepts<number> & { readonly from: number; readonly to: number },
): Definition<number> {
  const { from, to, ...rest } = definition;
  return {
    ...rest,
    accepts: `a number from ${from} to ${to}`,
    parse: (given) => within(from, to, /^\d+(\.\d+)?$/.test(given) ? Number(given) : undefined),
  };
}

/** Accepts true or false. The flag without a value means true. */
export function boolean(describe: string, fallback: boolean): Definition<boolean> {
  return {
    placeholder: "BOOLEAN",
    describe,
    accepts: "true/false, 1/0, yes/no or on/off",
    fallback,
    alone: "true",
    words: ["true", "false"],
    parse: booleanOf,
  };
}

/** Accepts names separated by commas, each of which must be accepted. */
export function list<None = never>(
  definition: Common<readonly string[] | NoInfer<None>>,
  isAccepted: (name: string) => boolean = () => true,
): Definition<readonly string[] | NoInfer<None>> {
  return {
    ...definition,
    parse(given) {
      const names = given.split(",").map((name) => name.trim());
      return names.every((name) => name !== "" && isAccepted(name)) ? names : undefined;
    },
  };
}

export function choice<const T extends string>(
  definition: Omit<WithoutAccepts<T>, "fallback"> & {
    readonly of: readonly T[];
    readonly fallback: NoInfer<T>;
  },
): Definition<T> {
  const { of, ...rest } = definition;
  return {
    ...rest,
    accepts: of.join(", "),
    words: of,
    parse: (given) => of.find((word) => word === given.trim().toLowerCase()),
  };
}

const nonEmpty = (given: string) => (given.trim() === "" ? undefined : given);

function within(from: number, to: number, value: number | undefined): number | undefined {
  return value !== undefined && value >= from && value <= to ? value : undefined;
}

const TRUE = ["true", "1", "yes", "on"];
const FALSE = ["false", "0", "no", "off"];

function booleanOf(given: string): boolean | undefined {
  const word = given.trim().toLowerCase();
  return TRUE.includes(word) ? true : FALSE.includes(word) ? false : undefined;
}
