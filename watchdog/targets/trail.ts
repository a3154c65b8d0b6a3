/** The totals of the last hour that rules compare: one per minute, of one database. */
import { defined } from "../defined.ts";
import type { Counts } from "../history/point.ts";

export type Counted = "queued" | "attempts" | "done" | "exhausted" | "unpriced";

/** Totals at one time; milliseconds since the epoch. */
export interface TrailPoint extends Pick<Counts, Counted> {
  readonly at: number;
}

/** As far as rules look back, and a little more, since readings are not exactly on time. */
export const TRAIL_MILLISECONDS = 3_600_000 + 120_000;
const STEP_MILLISECONDS = 60_000;

/** Returns the trail with one more reading, which is always the last. */
export function extendTrail(trail: readonly TrailPoint[], next: TrailPoint): readonly TrailPoint[] {
  const { at, queued, attempts, done, exhausted, unpriced } = next;
  const kept = trail.filter((point) => point.at > at - TRAIL_MILLISECONDS);
  const [before, last] = kept.slice(-2);
  // The reading before the newest stays if it begins a step.
  if (before && last && last.at - before.at < STEP_MILLISECONDS) kept.pop();
  kept.push(defined({ at, queued, attempts, done, exhausted, unpriced }));
  return kept;
}

/**
 * Returns by how much something grew within the window, or within the known time if that is shorter. Undefined if it is not
 * known twice, or if it fell because old rows were deleted.
 */
export function growth(
  trail: readonly TrailPoint[],
  what: Counted,
  windowSeconds: number,
): number | undefined {
  const now = trail.at(-1);
  if (!now) return undefined;
  const first = trail.find((point) => point.at >= now.at - windowSeconds * 1000 && point[what] !== undefined);
  const [from, to] = [first?.[what], now[what]];
  return from === undefined || to === undefined || first === now || to < from ? undefined : to - from;
}
