/** One point of a target's history: a reading, or many merged into one. */

import { defined } from "../defined.ts";
import { type CauseName, VERDICTS, type VerdictName } from "../judgement/verdict.ts";
import { sumByName } from "./by-name.ts";

export interface AgentPoint {
  readonly runId: string;
  /** Cores used by its own process; null: unknown. */
  readonly cpu: number | null;
  /** Cores used by its children, reaped and living. */
  readonly childrenCpu: number | null;
  /** Voluntary context switches per second, with descendants. */
  readonly switches: number | null;
  readonly verdict: VerdictName;
  /** Hourly points do not have these two. */
  readonly cause?: CauseName;
  /** Seconds since the last progress. */
  readonly idle?: number;
}

/** Counts of an envelope. A missing value stays absent, never 0. */
export interface Counts {
  readonly queued?: number;
  readonly oldestQueuedSeconds?: number;
  readonly running?: number;
  /** Counters that only grow. Hourly points do not have them. */
  readonly attempts?: number;
  readonly done?: number;
  readonly exhausted?: number;
  readonly unpriced?: number;
}

export interface Point extends Counts {
  /** The end of the step, in milliseconds since the epoch. */
  readonly at: number;
  /** US dollars spent by model, within `spendSeconds` until `at`; absent: unknown. */
  readonly spend?: Readonly<Record<string, number>>;
  readonly spendSeconds?: number;
  readonly agents: readonly AgentPoint[];
}

export const HOUR = 3_600_000;

/** Returns one point per step. Points are oldest first; a step covers (end − step, end]. */
export function bucket(points: readonly Point[], step: number): Point[] {
  const steps = Map.groupBy(points, ({ at }) => Math.ceil(at / step) * step);
  return [...steps].map(([end, list]) => mergePoints(list, end, step < HOUR));
}

/**
 * Merges points of one target, oldest first, into one that ends at `at`: means of gauges, the maximum age, the sum of
 * spending, and each agent's means and most frequent verdict.
 */
function mergePoints(points: readonly Point[], at: number, isFine: boolean): Point {
  const ages = known(points.map(({ oldestQueuedSeconds }) => oldestQueuedSeconds));
  const spending = points.filter(({ spend }) => spend !== undefined);
  return defined({
    at,
    queued: inTenths(meanOf(points.map(({ queued }) => queued))),
    running: inTenths(meanOf(points.map(({ running }) => running))),
    oldestQueuedSeconds: ages.length > 0 ? Math.max(...ages) : undefined,
    ...(spending.length > 0 && {
      spend: sumByName(spending.flatMap(({ spend = {} }) => Object.entries(spend))),
      spendSeconds: spending.reduce((sum, point) => sum + (point.spendSeconds ?? 0), 0),
    }),
    agents: mergeAgents(points, isFine),
  });
}

const inTenths = (value: number | null) => (value === null ? undefined : Math.round(value * 10) / 10);

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
  // Of verdicts that are equally frequent, the most important one.
  const weigh = ([verdict, count]: readonly [VerdictName, number]) => count - VERDICTS.indexOf(verdict) / 100;
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

/** The maximum length of all runs of a point: a thousand of 40 characters. More would displace points of other targets. */
const MOST_ID_CHARACTERS = 40_000;

/** Returns the point as JSON, with numbers of six digits, to keep 90 days small. */
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

/** Returns undefined, which omits it, for numbers that JSON does not have. */
function rounded(value: number): number | undefined {
  if (!Number.isFinite(value)) return undefined;
  return Number.isInteger(value) ? value : Number(value.toPrecision(6));
}
