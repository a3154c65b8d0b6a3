/** What a setting is, and how its text becomes a value. */

export interface Setting<T> {
  /** Without the dashes. */
  readonly flag: string;
  readonly env: string;
  readonly placeholder: string;
  readonly describe: string;
  /** What is accepted, for the line that refuses a value. */
  readonly accepts: string;
  /** Undefined: there is none, and a command that needs the setting cannot start without it. */
  readonly fallback: T | undefined;
  /** How `--help` calls a fallback that depends on other settings, or is nothing at all. */
  readonly fallbackText?: string;
  /** What the flag means when it stands alone; undefined: it needs a value. */
  readonly alone?: string;
  /** Undefined: refused. */
  readonly parse: (text: string) => T | undefined;
}

export function setting<T>(definition: Setting<T>): Setting<T> {
  return definition;
}

/** A setting that is true or false; its flag alone is true. */
export function booleanSetting(
  definition: Omit<Setting<boolean>, "placeholder" | "accepts" | "parse" | "alone">,
): Setting<boolean> {
  return {
    ...definition,
    placeholder: "BOOLEAN",
    accepts: "true/false, 1/0, yes/no or on/off",
    alone: "true",
    parse: booleanOf,
  };
}

const TRUE = ["true", "1", "yes", "on"];
const FALSE = ["false", "0", "no", "off"];

function booleanOf(text: string): boolean | undefined {
  const word = text.trim().toLowerCase();
  return TRUE.includes(word) ? true : FALSE.includes(word) ? false : undefined;
}

export function integerBetween(low: number, high: number): (text: string) => number | undefined {
  return (text) => {
    const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
    return value >= low && value <= high ? value : undefined;
  };
}

export function listOf(text: string): readonly string[] | undefined {
  const names = text.split(",").map((name) => name.trim());
  return names.every((name) => name !== "") ? names : undefined;
}

export const nonEmpty = (text: string): string | undefined => (text.trim() === "" ? undefined : text);
