/** What is too old goes; and when all of it is too large, the oldest of the finest that can be spared. */
import { type HistoryFile, LEVELS, type Level, type StoredTarget } from "./file.ts";

export interface Limits {
  /** How long each level is kept, in milliseconds. */
  readonly keep: Readonly<Record<Level, number>>;
  readonly maxBytes: number;
}

/** Above this share of the limit room is made, so that the hard limit is never met. */
const CROWDED = 0.8;
const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** What goes first: a level, as long as it reaches back further. */
const SPARING: readonly (readonly [Level, number])[] = [
  [0, HOUR],
  [1, DAY],
  [2, 30 * DAY],
  [1, 6 * HOUR],
  [2, 7 * DAY],
  [1, 0],
  [0, 0],
  [2, 0],
];

export function removeOld(file: HistoryFile, target: StoredTarget, { keep }: Limits, now: number): void {
  for (const level of LEVELS) {
    // What is not yet merged into the coarser level waits for that.
    const rolled = level === 0 ? target.minutes_until : level === 1 ? target.hours_until : now;
    file.remove(level, target.id, 0, Math.min(now - keep[level], rolled));
  }
}

/** Removes a tenth of a level's time where the file is crowded. Returns whether it did. */
export function evict(
  file: HistoryFile,
  targets: readonly StoredTarget[],
  { maxBytes }: Limits,
  now: number,
): boolean {
  if (file.usedBytes() <= maxBytes * CROWDED) {
    if (file.fileBytes() > maxBytes * 0.9) file.giveBack(1000);
    return false;
  }
  const oldest = LEVELS.map((level) =>
    Math.min(now, ...targets.map(({ id }) => file.oldest(level, id) ?? now)),
  );
  const level = SPARING.find(([each, spared]) => now - (oldest[each] ?? now) > spared)?.[0];
  if (level === undefined) return false;
  const from = oldest[level] ?? now;
  const until = from + Math.max(60_000, (now - from) / 10);
  for (const { id } of targets) file.remove(level, id, 0, until);
  return true;
}
