/** The points of a stretch of time, each part of it at the finest level that is both kept and no more than can be drawn. */
import type { HistoryFile, Level, StoredTarget } from "./file.ts";
import { decodePoint, type Point } from "./point.ts";
import { bucket, STEP_MILLISECONDS } from "./rollup.ts";

/** More than a screen has columns. */
const MOST_POINTS = 1500;
/** Times are kept to a tenth of a second. */
const TENTH = 100;
/** Longer stretches are read as minutes, and as hours. */
const LONGEST_MILLISECONDS: Readonly<Record<0 | 1, number>> = { 0: 6 * 3_600_000, 1: 8 * 86_400_000 };

/** One target's points: what the file has, and readings that are not in it yet. */
export interface PointSource {
  readonly file: HistoryFile;
  readonly target: StoredTarget;
  readonly waiting: readonly Point[];
}

/** From, up to and without `to`; without a level at the one that suits the stretch. */
export function readPoints(
  source: PointSource,
  from: number,
  to: number,
  level = suiting(to - from),
): readonly Point[] {
  return thin(stretch(source, level, from, to), to - from);
}

function suiting(span: number): Level {
  return span <= LONGEST_MILLISECONDS[0] ? 0 : span <= LONGEST_MILLISECONDS[1] ? 1 : 2;
}

/** A level where it is kept; before its oldest point the coarser one. */
function stretch(source: PointSource, level: Level, from: number, to: number): readonly Point[] {
  if (level === 2) return withTail(source, level, from, to);
  const oldest = source.file.oldest(level, source.target.id) ?? source.waiting[0]?.at ?? to;
  if (oldest <= from) return withTail(source, level, from, to);
  const begin = Math.min(oldest, to);
  const coarser = stretch(source, (level + 1) as Level, from, begin);
  const last = coarser.at(-1)?.at ?? from;
  return [...coarser, ...withTail(source, level, Math.max(begin, last + TENTH), to)];
}

/** What is not merged yet is merged here. */
function withTail(source: PointSource, level: Level, from: number, to: number): readonly Point[] {
  const { file, target, waiting } = source;
  const rows = file.select(level, target.id, from, to).flatMap(({ at, data }) => decodePoint(at, data) ?? []);
  if (level === 0) return [...rows, ...waiting.filter(({ at }) => at >= from && at < to)];
  const until = level === 1 ? target.minutes_until : target.hours_until;
  if (until >= to) return rows;
  const finer = withTail(source, (level - 1) as Level, Math.max(from, until + TENTH), to);
  // The step that is not over yet ends now, not in the future.
  const last = finer.at(-1)?.at ?? to;
  const merged = bucket(finer, STEP_MILLISECONDS[level]);
  return [...rows, ...merged.map((point) => ({ ...point, at: Math.min(point.at, last) }))];
}

function thin(points: readonly Point[], span: number): readonly Point[] {
  if (points.length <= MOST_POINTS) return points;
  const minute = STEP_MILLISECONDS[1];
  return bucket(points, Math.ceil(span / MOST_POINTS / minute) * minute);
}
