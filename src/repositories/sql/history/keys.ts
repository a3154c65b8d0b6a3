/** A section's key: how it is compared, and whether it increases, so that new rows are at its end. */
import type { Value } from "../statements.ts";

/** A whole number, or a text ordered by its bytes. */
export type Id = bigint | string;

/** A range of IDs. An undefined end has no bound. */
export interface IdRange {
  after: Id | undefined;
  /** Inclusive. */
  upTo: Id | undefined;
}

/** An indexed key. */
export interface Key {
  readonly isText: boolean;
  /** The COLLATE clause for comparing texts by their bytes, as the index does. */
  readonly order: string;
  /** The type that values are cast to for comparison. */
  readonly type: string;
}

export const WHOLE_NUMBER: Key = { isText: false, order: "", type: "BIGINT" };

/** Returns the condition for a range of keys, with its values. */
export function within(
  { after, upTo }: IdRange,
  key: string,
  type: string,
  value: (index: number) => string,
): { readonly sql: string; readonly values: readonly Value[] } {
  const ends = [[">", after] as const, ["<=", upTo] as const];
  const given = ends.filter((end): end is [">" | "<=", Id] => end[1] !== undefined);
  const conditions = given.map(
    ([operator], index) => `${key} ${operator} CAST(${value(index + 1)} AS ${type})`,
  );
  return { sql: conditions.join(" AND ") || `${key} IS NOT NULL`, values: given.map(([, end]) => end) };
}

/** Texts that begin with the time: UUIDs of versions 6 and 7, ULIDs until 2039 (also with a prefix), and opencode's IDs. */
const GROWING = [
  /^[0-9a-f]{8}-[0-9a-f]{4}-[67]/i,
  /^([a-z_]*_)?01[0-9a-hjkmnp-tv-z]{24}$/i,
  /^[a-z]+_[0-9a-f]{12}[0-9A-Za-z]{14}$/,
];

export function isGrowing(key: string): boolean {
  return GROWING.some((form) => form.test(key));
}

/** Whether it is a UUID of another version, which is not ordered. */
export function isRandom(key: string): boolean {
  return /^[0-9a-f]{8}-[0-9a-f]{4}-[^67]/i.test(key);
}
