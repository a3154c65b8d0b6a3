/** Where a JSON value differs from an expected one, which may hold a part of it. */

/** What sums of fractions may differ by, since each order of adding rounds in another way. */
const PRECISION = 1e-9;

/** A line for each difference: its path, what was expected and what was found. Keys that are not expected are ignored. */
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
