/** What history holds of one target for one step of time: a reading, or many merged into one. */

import { VERDICTS, type VerdictName } from "../judgement/verdict.ts";
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
}

export interface Point {
  /** Where the step ends; milliseconds since the epoch. */
  readonly at: number;
  readonly queued?: number;
  readonly oldestQueuedSeconds?: number;
  readonly running?: number;
  readonly attempts?: number;
  readonly done?: number;
  readonly exhausted?: number;
  readonly unpriced?: number;
  /** US dollars spent by model, within `spendSeconds` until `at`; absent: not known. */
  readonly spend?: Readonly<Record<string, number>>;
  readonly spendSeconds?: number;
  readonly agents: readonly AgentPoint[];
}

const COUNTERS = ["attempts", "done", "exhausted", "unpriced"] as const;

/** How much a verdict must not be lost among others when steps are merged: the later, the more. */
const SEVERITY: readonly VerdictName[] = [
  "not_known_yet",
  "not_visible",
  "waiting_on_stream",
  "waiting_on_child",
  "working",
  "orphaned",
  "stopped",
  "spinning",
  "zombie",
  "gone",
  "pid_reused",
  "hung",
];

/**
 * Several points of one target, the oldest first, as one that ends at `at`: means of gauges, the oldest age, the last of
 * counters, the sum of the spending, and of each agent its means and its most frequent verdict.
 */
export function mergePoints(points: readonly Point[], at: number): Point {
  const merged: Record<string, unknown> = { at };
  const means = { queued: mean(points, "queued"), running: mean(points, "running") };
  for (const [name, value] of Object.entries(means)) {
    if (value !== undefined) merged[name] = Math.round(value * 10) / 10;
  }
  const ages = known(points.map(({ oldestQueuedSeconds }) => oldestQueuedSeconds));
  if (ages.length > 0) merged.oldestQueuedSeconds = Math.max(...ages);
  for (const name of COUNTERS) {
    const last = known(points.map((point) => point[name])).at(-1);
    if (last !== undefined) merged[name] = last;
  }
  const spending = points.filter(({ spend }) => spend !== undefined);
  if (spending.length > 0) {
    merged.spend = sumByName(spending.flatMap(({ spend = {} }) => Object.entries(spend)));
    merged.spendSeconds = spending.reduce((sum, point) => sum + (point.spendSeconds ?? 0), 0);
  }
  merged.agents = mergeAgents(points);
  return merged as unknown as Point;
}

function mergeAgents(points: readonly Point[]): AgentPoint[] {
  const byRun = new Map<string, AgentPoint[]>();
  for (const { agents } of points) {
    for (const agent of agents) {
      const list = byRun.get(agent.runId);
      if (list) list.push(agent);
      else byRun.set(agent.runId, [agent]);
    }
  }
  return [...byRun].map(([runId, list]) => ({
    runId,
    cpu: meanOf(list.map(({ cpu }) => cpu)),
    childrenCpu: meanOf(list.map(({ childrenCpu }) => childrenCpu)),
    switches: meanOf(list.map(({ switches }) => switches)),
    verdict: mostFrequent(list.map(({ verdict }) => verdict)),
  }));
}

function mostFrequent(verdicts: readonly VerdictName[]): VerdictName {
  const counts = new Map<VerdictName, number>();
  for (const verdict of verdicts) counts.set(verdict, (counts.get(verdict) ?? 0) + 1);
  const weigh = ([verdict, count]: readonly [VerdictName, number]) => count + SEVERITY.indexOf(verdict) / 100;
  const [heaviest] = [...counts].sort((a, b) => weigh(b) - weigh(a));
  return heaviest?.[0] ?? "not_known_yet";
}

function mean(points: readonly Point[], name: "queued" | "running"): number | undefined {
  return meanOf(points.map((point) => point[name] ?? null)) ?? undefined;
}

function meanOf(values: readonly (number | null)[]): number | null {
  const there = known(values);
  return there.length === 0 ? null : there.reduce((sum, value) => sum + value, 0) / there.length;
}

function known(values: readonly (number | null | undefined)[]): number[] {
  return values.filter((value): value is number => value !== null && value !== undefined);
}

/** Of all runs of a point: a thousand of 40 characters. More would take the room of other targets' points. */
const MOST_ID_CHARACTERS = 40_000;

const GAUGES = ["queued", "oldestQueuedSeconds", "running", ...COUNTERS] as const;

/**
 * The point as short JSON: gauges by place, money in millionths of a dollar, cores and switches in thousandths, so that
 * 90 days stay small. Its time is the row's key.
 */
export function encodePoint(point: Point): string {
  const gauges: (number | null)[] = GAUGES.map((name) => {
    const value = point[name];
    return value === undefined ? null : Math.round(value * 10) / 10;
  });
  while (gauges.at(-1) === null) gauges.pop();
  const spend =
    point.spend === undefined
      ? 0
      : [
          // Finer than a poll: a rate is worked out from it.
          Math.round((point.spendSeconds ?? 0) * 10) / 10,
          ...Object.entries(point.spend).flatMap(([model, usd]) => [model, Math.round(usd * 1e6)]),
        ];
  let characters = 0;
  const agents = point.agents.flatMap(({ runId, cpu, childrenCpu, switches, verdict }) => {
    characters += runId.length;
    if (characters > MOST_ID_CHARACTERS) return [];
    const figures = [thousandths(cpu), thousandths(childrenCpu), thousandths(switches)];
    return [[runId, VERDICTS.indexOf(verdict), ...figures]];
  });
  return JSON.stringify([gauges, spend, agents]);
}

const thousandths = (value: number | null): number | null =>
  value === null ? null : Math.round(value * 1e3);
const fromThousandths = (value: number | null): number | null => (value === null ? null : value / 1e3);

type EncodedAgent = readonly [string, number, number | null, number | null, number | null];

/** Undefined for a row that is damaged. */
export function decodePoint(at: number, text: string): Point | undefined {
  try {
    return decode(at, text);
  } catch {
    return undefined;
  }
}

function decode(at: number, text: string): Point {
  const [gauges, spend, agents] = JSON.parse(text) as [
    readonly (number | null)[],
    0 | readonly (string | number)[],
    readonly EncodedAgent[],
  ];
  const point: Record<string, unknown> = { at };
  for (const [index, name] of GAUGES.entries()) {
    const value = gauges[index];
    if (value !== null && value !== undefined) point[name] = value;
  }
  if (spend !== 0) {
    const byModel: Record<string, number> = {};
    for (let index = 1; index < spend.length; index += 2)
      byModel[String(spend[index])] = Number(spend[index + 1]) / 1e6;
    point.spend = byModel;
    point.spendSeconds = Number(spend[0]);
  }
  point.agents = agents.map(
    ([runId, verdict, cpu, childrenCpu, switches]): AgentPoint => ({
      runId,
      cpu: fromThousandths(cpu),
      childrenCpu: fromThousandths(childrenCpu),
      switches: fromThousandths(switches),
      verdict: VERDICTS[verdict] ?? "not_known_yet",
    }),
  );
  return point as unknown as Point;
}
