/** Tables of numbers in the thresholds file: defaults, bounds and documentation come from one place. */

/**
 * The default and the meaning of each number. A default of null means that there is no value until one is set. The unit
 * at the end of a name decides the bounds.
 */
export type Numbers = Readonly<Record<string, readonly [fallback: number | null, meaning: string]>>;

export function defaultsOf<N extends Numbers>(numbers: N): { readonly [Name in keyof N]: number } {
  return mapValues(numbers, ([fallback]) => fallback) as never;
}

/** Returns a JSON Schema. */
export function schemaOf(numbers: Numbers): Readonly<Record<string, object>> {
  return mapValues(numbers, (_number, name) => boundsOf(name));
}

export const mapValues = <T, U>(
  object: Readonly<Record<string, T>>,
  map: (value: T, name: string) => U,
): Record<string, U> =>
  Object.fromEntries(Object.entries(object).map(([name, value]) => [name, map(value, name)]));

export function boundsOf(name: string): object {
  // The watchdog keeps no longer trail in memory.
  if (name === "window_seconds") return { type: "number", minimum: 60, maximum: 3600 };
  if (name.endsWith("_seconds")) return { type: "number", minimum: 0, maximum: 31_536_000 };
  // Null removes a general value for one target.
  if (name.endsWith("_usd")) return { type: ["number", "null"], exclusiveMinimum: 0 };
  return { type: "number", minimum: 0 };
}

/** Returns lines of YAML. */
export function linesOf(numbers: Numbers, indent: string): readonly string[] {
  return Object.entries(numbers).map(
    ([name, [fallback, meaning]]) => `${indent}${name}: ${fallback} # ${meaning}`,
  );
}
