/**
 * The numbers that a column can hold. Any other, such as a job's time of 'infinity', costs only its own field: it is
 * omitted like NULL, if the contract allows that.
 */
import { type Column, isTime } from "../../profiles/contract.ts";

export interface Range {
  readonly lowest: number;
  readonly highest: number;
  readonly isWhole: boolean;
}

/** The maximum of the contract's counts. */
export const LARGEST_COUNT = 2 ** 31 - 1;
/** 9999-12-31T23:59:59.999Z: google/protobuf/timestamp.proto. */
const LAST_MILLISECOND = 253_402_300_799_999;
/** A larger amount, of either sign, is not a price and would dominate a total. A correction may be negative. */
const MOST_USD = 1e12;

export function rangeOf({ name, type }: Column): Range {
  if (type === "real") return { lowest: -MOST_USD, highest: MOST_USD, isWhole: false };
  const highest = name.endsWith("_tokens") ? Number.MAX_SAFE_INTEGER : LARGEST_COUNT;
  return { lowest: 0, highest: isTime(name) ? LAST_MILLISECOND : highest, isWhole: true };
}

export function isNullableNumber({ type, nullable }: Column): boolean {
  return nullable && (type === "int" || type === "real");
}

/** Returns a time in whole milliseconds, or null if no field can hold it. */
export function timeInRange(value: unknown): number | null {
  return inRange(rangeOf(ANY_TIME), value);
}

const ANY_TIME: Column = { name: "_at_ms", type: "int", nullable: true };

/** Returns the number, a time rounded to milliseconds, or null if no field can hold it. */
export function inRange({ lowest, highest, isWhole }: Range, value: unknown): number | null {
  if (typeof value !== "number") return null;
  const known = highest === LAST_MILLISECOND ? Math.round(value) : value;
  return known >= lowest && known <= highest && (Number.isInteger(known) || !isWhole) ? known : null;
}
