/** What history holds of one target for one step of time: a reading, or many merged into one. */

import { defined } from "../defined.ts";
import type { CauseName, VerdictName } from "../judgement/verdict.ts";
import { sumByName } from "./by-name.ts";

export interface AgentPoint {
  readonly runId: string;
  /** Cores of its own process; null: not known. */
  readonly cpu: number | null;
  /** Cores of its children, reaped and living. */
  readonly childrenCpu: number | null;
  /** Voluntary context switches per second, of it and its descendants. */
  readonly switches: number | null;
  readonly verdict: VerdictName;
  /** These two are not kept in an hour. */
  readonly cause?: CauseName;
  /** Seconds since the last progress. */
  readonly idle?: number;
}

/** Counts of an envelope. Absent is absent: never 0. */
export interface Counts {
  readonly queued?: number;
  readonly oldestQueuedSeconds?: number;
  readonly running?: number;
  /** These only ever count upwards, and are not kept in an hour. */
  readonly attempts?: number;
  readonly done?: number;
  readonly exhausted?: number;
  readonly unpriced?: number;
}

export interface Point extends Counts {
  /** Where the step ends; milliseconds since the epoch. */
  readonly at: number;
  /** US dollars spent by model, within `spendSeconds` until `at`; absent: not known. */
  readonly spend?: Readonly<Record<string, number>>;
  readonly spendSeconds?: number;
  readonly agents: readonly AgentPoint[];
}

const HOUR = 3_600_000;

/** How much a verdict must not be lost among others when steps are merged: the later, the more. */
const SEVERITY: readonly VerdictName[] = [
  "not_known_yet",
  "not_visible",
  "at_rest",
  "sleeping",
  "waiting_on_peer",
  "waiting_on_child",
  "working",
  "detached",
  "waiting_for_person",
  "orphaned",
  "stopped",
  "spinning",
  "zombie",
  "gone",
  "pid_reused",
  "hung",
];

/** One point a step, at its end. Points the oldest first; the times of a step are (end − step, end]. */
export function bucket(points: readonly Point[], step: number): Point[] {
  const steps = Map.groupBy(points, ({ at }) => Math.ceil(at / step) * step);
  return [...steps].map(([end, list]) => mergePoints(list, end, step < HOUR));
}

/**
 * Several points of one target, the oldest first, as one that ends at `at`: means of gauges, the oldest age, the sum of
 * the spending, and of each agent its means and its most frequent verdict.
 */
function mergePoints(points: readonly Point[], at: number, isFine: boolean): Point {
  const merged: Record<string, unknown> = { at };
  for (const name of ["queued", "running"] as const) {
    const value = meanOf(points.map((point) => point[name]));
    if (value !== null) merged[name] = Math.round(value * 10) / 10;
  }
  const ages = known(points.map(({ oldestQueuedSeconds }) => oldestQueuedSeconds));
  if (ages.length > 0) merged.oldestQueuedSeconds = Math.max(...ages);
  const spending = points.filter(({ spend }) => spend !== undefined);
  if (spending.length > 0) {
    merged.spend = sumByName(spending.flatMap(({ spend = {} }) => Object.entries(spend)));
    merged.spendSeconds = spending.reduce((sum, point) => sum + (point.spendSeconds ?? 0), 0);
  }
  merged.agents = mergeAgents(points, isFine);
  return merged as unknown as Point;
}

function mergeAgents(points: readonly Point[], isFine: boolean): AgentPoint[] {
  const byRun = Map.groupBy(
    points.flatMap(({ agents }) => agents),
    ({ runId }) => runId,
  );
  return [...byRun].map(([runId, list]) => {
    const verdict = mostFrequent(list.map((agent) => agent.verdict));
    const newest = isFine ? list.findLast((agent) => agent.verdict === verdict) : undefined;
    return defined({
      runId,
      cpu: meanOf(list.map(({ cpu }) => cpu)),
      childrenCpu: meanOf(list.map(({ childrenCpu }) => childrenCpu)),
      switches: meanOf(list.map(({ switches }) => switches)),
      verdict,
      cause: newest?.cause,
      idle: newest?.idle,
    });
  });
}

function mostFrequent(verdicts: readonly VerdictName[]): VerdictName {
  const counts = new Map<VerdictName, number>();
  for (const verdict of verdicts) counts.set(verdict, (counts.get(verdict) ?? 0) + 1);
  const weigh = ([verdict, count]: readonly [VerdictName, number]) => count + SEVERITY.indexOf(verdict) / 100;
  const [heaviest] = [...counts].sort((a, b) => weigh(b) - weigh(a));
  return heaviest?.[0] ?? "not_known_yet";
}

function meanOf(values: readonly (number | null | undefined)[]): number | null {
  const there = known(values);
  return there.length === 0 ? null : there.reduce((sum, value) => sum + value, 0) / there.length;
}

function known(values: readonly (number | null | undefined)[]): number[] {
  return values.filter((value): value is number => value !== null && value !== undefined);
}

/** Of all runs of a point: a thousand of 40 characters. More would take the room of other targets' points. */
const MOST_ID_CHARACTERS = 40_000;

/** The point as JSON, its numbers with six digits: 90 days of it must stay small. */
export function toRow(point: Point): string {
  let characters = 0;
  const agents = point.agents.filter(({ runId }) => {
    characters += runId.length;
    return characters <= MOST_ID_CHARACTERS;
  });
  return JSON.stringify({ ...point, agents }, (_name, value) =>
    typeof value === "number" ? rounded(value) : value,
  );
}

/** Undefined, which leaves it out, for a number that JSON does not have. */
function rounded(value: number): number | undefined {
  if (!Number.isFinite(value)) return undefined;
  return Number.isInteger(value) ? value : Number(value.toPrecision(6));
}
