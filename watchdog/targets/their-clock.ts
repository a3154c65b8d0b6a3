/** The clock of a service's machine can be hours off. The times of its answers are then moved to the watchdog's clock. */
import { isMessage } from "@bufbuild/protobuf";
import { TimestampSchema } from "@bufbuild/protobuf/wkt";
import { milliseconds } from "../judgement/fields.ts";

const MINUTE = 60_000;

/**
 * Returns how far a service's clock is behind, in milliseconds: whole minutes, and `before` if that still fits, since a time
 * that moves would look like progress. `now` is when an answer arrived, `seconds` after it was requested.
 */
export function clockOffset(before: number, generatedAt: number, now: number, seconds: number): number {
  const half = seconds * 500;
  const offset = now - half - generatedAt;
  return Math.abs(offset - before) < MINUTE + half ? before : Math.round(offset / MINUTE) * MINUTE;
}

/** Moves every time in a message, in place. */
export function moveTimes(value: unknown, offset: number): void {
  if (typeof value !== "object" || value === null) return;
  if (!isMessage(value, TimestampSchema)) for (const part of Object.values(value)) moveTimes(part, offset);
  else if (milliseconds(value) !== undefined) value.seconds += BigInt(offset / 1000);
}
