/** A section's key: how it is compared, and whether it grows, so that new rows are found at its end. */
import type { Value } from "../statements.ts";

/** A whole number, or a text that is ordered by its bytes. */
export type Id = bigint | string;

/** What lies behind one id, up to another; without a bound where it is undefined. */
export interface IdRange {
  after: Id | undefined;
  /** Inclusive. */
  upTo: Id | undefined;
}

/** A key with an index. */
export interface Key {
  readonly isText: boolean;
  /** What a text is compared by: its bytes, in the words of the index. */
  readonly order: string;
  /** The type of what it is compared with. */
  readonly type: string;
}

export const WHOLE_NUMBER: Key = { isText: false, order: "", type: "BIGINT" };

/** INTEGER PRIMARY KEY: sqlite.org/rowidtable.html. */
const LOWEST_ID = -(2n ** 63n);
const HIGHEST_ID = 2n ** 63n - 1n;

/** The condition for a range of keys, and its values. */
export function within(
  { after, upTo }: IdRange,
  key: string,
  { isText, type }: Key,
  value: (index: number) => string,
): { readonly sql: string; readonly values: readonly Value[] } {
  const bound = (index: number) => `CAST(${value(index)} AS ${type})`;
  if (!isText) {
    const first = after === undefined ? LOWEST_ID : BigInt(after) + 1n;
    return { sql: `${key} BETWEEN ${bound(1)} AND ${bound(2)}`, values: [first, upTo ?? HIGHEST_ID] };
  }
  const ends = [[">", after] as const, ["<=", upTo] as const];
  const given = ends.filter((end): end is [">" | "<=", string] => end[1] !== undefined);
  const conditions = given.map(([operator], index) => `${key} ${operator} ${bound(index + 1)}`);
  return { sql: conditions.join(" AND ") || `${key} IS NOT NULL`, values: given.map(([, end]) => end) };
}

/** Texts that begin with the time: a UUID of version 6 or 7; a ULID until 2039, also behind a prefix; opencode's. */
const GROWING = [
  /^[0-9a-f]{8}-[0-9a-f]{4}-[67]/i,
  /^([a-z_]*_)?01[0-9a-hjkmnp-tv-z]{24}$/i,
  /^[a-z]+_[0-9a-f]{12}[0-9A-Za-z]{14}$/,
];

export function isGrowing(key: string): boolean {
  return GROWING.some((form) => form.test(key));
}

/** A UUID of another version is in no order. */
export function isRandom(key: string): boolean {
  return /^[0-9a-f]{8}-[0-9a-f]{4}-[^67]/i.test(key);
}
