/** The points of a stretch of time, each part of it at the finest level that is both kept and no more than can be drawn. */
import type { HistoryFile, Level, StoredTarget } from "./file.ts";
import { decodePoint, type Point } from "./point.ts";
import { bucket, STEP_MILLISECONDS } from "./rollup.ts";

/** Times are kept to a tenth of a second. */
const TENTH = 100;

/** More than a screen has columns. */
const MOST_POINTS = 1500;

/** Longer stretches are read as minutes, and as hours. */
const LONGEST_MILLISECONDS: Readonly<Record<0 | 1, number>> = { 0: 6 * 3_600_000, 1: 8 * 86_400_000 };

export function readPoints(
  file: HistoryFile,
  target: StoredTarget,
  from: number,
  to: number,
  level = suiting(to - from),
): readonly Point[] {
  return thin(stretch(file, target, level, from, to), to - from);
}

function suiting(span: number): Level {
  return span <= LONGEST_MILLISECONDS[0] ? 0 : span <= LONGEST_MILLISECONDS[1] ? 1 : 2;
}

/** A level where it is kept; before its oldest point the coarser one. */
function stretch(
  file: HistoryFile,
  target: StoredTarget,
  level: Level,
  from: number,
  to: number,
): readonly Point[] {
  const oldest = file.oldest(level, target.id) ?? to;
  if (level === 2 || oldest <= from) return withTail(file, target, level, from, to);
  const begin = Math.min(oldest, to);
  const coarser = stretch(file, target, (level + 1) as Level, from, begin);
  const last = coarser.at(-1)?.at ?? from;
  return [...coarser, ...withTail(file, target, level, Math.max(begin, last + TENTH), to)];
}

/** What is not merged yet is merged here. */
function withTail(
  file: HistoryFile,
  target: StoredTarget,
  level: Level,
  from: number,
  to: number,
): readonly Point[] {
  const rows = file.select(level, target.id, from, to).map(({ at, data }) => decodePoint(at, data));
  if (level === 0) return rows;
  const until = level === 1 ? target.minutes_until : target.hours_until;
  if (until >= to) return rows;
  const finer = withTail(file, target, (level - 1) as Level, Math.max(from, until + TENTH), to);
  return [...rows, ...bucket(finer, STEP_MILLISECONDS[level])];
}

function thin(points: readonly Point[], span: number): readonly Point[] {
  if (points.length <= MOST_POINTS) return points;
  const minute = STEP_MILLISECONDS[1];
  return bucket(points, Math.ceil(span / MOST_POINTS / minute) * minute);
}
