/** What rules look back at: totals of the last hour, one a minute, of one database. */
import { defined } from "../defined.ts";
import type { Counts } from "../history/point.ts";

export type Counted = "queued" | "attempts" | "done" | "exhausted" | "unpriced";

/** Totals at a time; milliseconds since the epoch. */
export interface TrailPoint extends Pick<Counts, Counted> {
  readonly at: number;
}

/** So far rules look back, and a little, since readings do not come to the second. */
export const TRAIL_MILLISECONDS = 3_600_000 + 120_000;
const STEP_MILLISECONDS = 60_000;

/** The trail with one more reading, of which the newest always is the last. */
export function extendTrail(trail: readonly TrailPoint[], next: TrailPoint): readonly TrailPoint[] {
  const { at, queued, attempts, done, exhausted, unpriced } = next;
  const kept = trail.filter((point) => point.at > at - TRAIL_MILLISECONDS);
  const [before, last] = kept.slice(-2);
  // The one before the newest stays when it begins a step.
  if (before && last && last.at - before.at < STEP_MILLISECONDS) kept.pop();
  kept.push(defined({ at, queued, attempts, done, exhausted, unpriced }));
  return kept;
}

/**
 * By how much something grew within the window, which is as long as what is known when that is shorter. Undefined
 * where it is not known twice, or fell: somebody cleaned up.
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
