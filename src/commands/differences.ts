/** Compares a JSON value with an expected one, which may be partial. */

/** Tolerance for sums of fractions, whose rounding depends on the order of addition. */
const PRECISION = 1e-9;

/** Returns a line for each difference: its path, the expected value and the value found. Ignores keys that are not expected. */
export function differences(expected: unknown, found: unknown, path: string): readonly string[] {
  if (isObject(expected) && isObject(found))
    return Object.keys(expected).flatMap((key) =>
      differences(expected[key], found[key], path === "" ? key : `${path}.${key}`),
    );
  if (Array.isArray(expected) && Array.isArray(found) && expected.length === found.length)
    return expected.flatMap((item, index) => differences(item, found[index], `${path}[${index}]`));
  return isEqual(expected, found) ? [] : [`${path}: expected ${shown(expected)}, found ${shown(found)}`];
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isEqual(expected: unknown, found: unknown): boolean {
  if (typeof expected !== "number" || typeof found !== "number") return expected === (found ?? null);
  return Math.abs(expected - found) <= PRECISION * Math.max(Math.abs(expected), Math.abs(found));
}

function shown(value: unknown): string {
  if (value === undefined) return "nothing";
  return Array.isArray(value) ? `a list of ${value.length}` : JSON.stringify(value);
}
