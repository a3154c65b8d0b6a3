/** From readings to minutes, from minutes to hours: the same merging at both steps. */
import type { HistoryFile, Level, StoredTarget } from "./file.ts";
import { decodePoint, encodePoint, mergePoints, type Point } from "./point.ts";

export const STEP_MILLISECONDS: Readonly<Record<1 | 2, number>> = { 1: 60_000, 2: 3_600_000 };

/** Rows come late by what is buffered, and never later. */
const SETTLED_MILLISECONDS = 60_000;
/** Minutes are made ten at a time: their rows lie together, and one page is written instead of ten. */
const BATCH_MILLISECONDS = 600_000;

/** One point a step, at its end. Points the oldest first; the times of a step are (end − step, end]. */
export function bucket(points: readonly Point[], step: number): Point[] {
  const buckets = new Map<number, Point[]>();
  for (const point of points) {
    const end = Math.ceil(point.at / step) * step;
    const list = buckets.get(end);
    if (list) list.push(point);
    else buckets.set(end, [point]);
  }
  return [...buckets].map(([end, list]) => mergePoints(list, end));
}

/** Rolls one target up where a batch is due. Returns whether it did anything. */
export function rollUp(file: HistoryFile, target: StoredTarget, now: number): StoredTarget | undefined {
  const settled = Math.floor((now - SETTLED_MILLISECONDS) / STEP_MILLISECONDS[1]) * STEP_MILLISECONDS[1];
  if (settled - target.minutes_until < BATCH_MILLISECONDS) return undefined;
  move(file, target.id, 1, target.minutes_until, settled);
  const hour = Math.floor(settled / STEP_MILLISECONDS[2]) * STEP_MILLISECONDS[2];
  if (hour > target.hours_until) move(file, target.id, 2, target.hours_until, hour);
  const rolled = { ...target, minutes_until: settled, hours_until: hour };
  file.setRolled(target.id, rolled.minutes_until, rolled.hours_until);
  return rolled;
}

/** The points of the finer level in (from, until] become points of this one. */
function move(file: HistoryFile, target: number, level: 1 | 2, from: number, until: number): void {
  const finer = (level - 1) as Level;
  const points = file
    .select(finer, target, from + 100, until + 100)
    .flatMap(({ at, data }) => decodePoint(at, data) ?? []);
  for (const point of bucket(points, STEP_MILLISECONDS[level]))
    file.insert(level, target, point.at, encodePoint(point));
}
