/** Merges readings into hourly points, removes old points, and keeps the file below its limit. */
import type { HistoryFile, Level } from "./file.ts";
import { bucket, HOUR, type Point, toRow } from "./point.ts";

export interface Limits {
  /** How long points are kept, in milliseconds: readings, and hourly points. */
  readonly keep: { readonly raw: number; readonly hour: number };
  readonly maxBytes: number;
}

const DAY = 24 * HOUR;
/** Points are evicted above this share of the limit, so that the hard limit is never reached. */
const CROWDED = 0.8;

/** The order of eviction: a level, while it reaches back further than this. */
const SPARING: readonly (readonly [Level | "runs", number])[] = [
  ["raw", HOUR],
  ["hour", 30 * DAY],
  ["runs", 30 * DAY],
  ["hour", 7 * DAY],
  ["runs", 7 * DAY],
  ["raw", 0],
  ["hour", 0],
  ["runs", 0],
];

/** Returns the start of a time's hour. An hour is (start, end]. */
export const startOfHour = (at: number): number => Math.floor((at - 1) / HOUR) * HOUR;

/** Merges a target's readings in (from, until] into hours, and removes points that are too old. */
export function rollUp(
  file: HistoryFile,
  target: string,
  { from, until, now, keep }: { from: number; until: number; now: number; keep: Limits["keep"] },
): void {
  const readings = file.select("raw", target, from + 1, until + 1).map((text): Point => JSON.parse(text));
  for (const point of bucket(readings, HOUR)) file.insert("hour", target, point.at, toRow(point));
  // Whole hours only, so that the readings of an hour are either all kept or all merged.
  file.remove("raw", target, Math.min(until, startOfHour(now - keep.raw)) + 1);
  file.remove("hour", target, now - keep.hour);
  file.runs.remove(now - keep.hour);
}

/** If the file is nearly full, removes a tenth of the hourly points or runs, or one hour of readings. */
export function evict(
  file: HistoryFile,
  targets: readonly string[],
  { maxBytes }: Limits,
  now: number,
): void {
  if (file.usedBytes() <= maxBytes * CROWDED) {
    if (file.fileBytes() > maxBytes * 0.9) file.giveBack(1000);
    return;
  }
  const oldest = (level: Level | "runs") =>
    level === "runs"
      ? (file.runs.oldest() ?? now)
      : Math.min(now, ...targets.map((target) => file.oldest(level, target) ?? now));
  const level = SPARING.find(([each, spared]) => now - oldest(each) > spared)?.[0];
  if (level === undefined) return;
  const from = oldest(level);
  const tenth = from + Math.max(60_000, (now - from) / 10);
  const wholeHour = startOfHour(from) + HOUR + 1;
  const until = level === "raw" && wholeHour <= startOfHour(now) ? wholeHour : tenth;
  if (level === "runs") file.runs.remove(until);
  else for (const target of targets) file.remove(level, target, until);
}
