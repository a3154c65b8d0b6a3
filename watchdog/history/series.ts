/** Converts points to columns for plots, with gaps for missing readings. */

import type { AgentSeries, Series } from "../api.ts";
import { defined } from "../defined.ts";
import type { CauseName, VerdictName } from "../judgement/verdict.ts";
import { numberAt } from "./by-name.ts";
import type { AgentPoint, Point } from "./point.ts";

type Cell = number | null;

/** A larger distance, in usual steps, is shown as a gap. */
const GAP_STEPS = 3.5;

export function toSeries(points: readonly Point[]): Series {
  const rows = withGaps(points);
  const models = new Set(points.flatMap(({ spend }) => Object.keys(spend ?? {})));
  const column = (value: (point: Point) => number | undefined): Cell[] =>
    rows.map(({ point }) => (point ? (value(point) ?? null) : null));
  return {
    times: rows.map(({ at }) => at),
    queued: column(({ queued }) => queued),
    oldestQueuedSeconds: column(({ oldestQueuedSeconds }) => oldestQueuedSeconds),
    running: column(({ running }) => running),
    spendByModel: Object.fromEntries(
      [...models].map((model) => [model, column((point) => usdPerHour(point, model))]),
    ),
  };
}

function usdPerHour({ spend, spendSeconds }: Point, model: string): number | undefined {
  if (spend === undefined || !spendSeconds) return undefined;
  return (numberAt(spend, model) / spendSeconds) * 3600;
}

export function toAgentSeries(points: readonly Point[], runId: string): AgentSeries {
  const rows = withGaps(points).map(({ at, point }) => ({
    at,
    agent: point?.agents.find((agent) => agent.runId === runId),
  }));
  const first = rows.findIndex(({ agent }) => agent !== undefined);
  const last = rows.findLastIndex(({ agent }) => agent !== undefined);
  const lived = first === -1 ? [] : rows.slice(first, last + 1);
  return {
    times: lived.map(({ at }) => at),
    cpu: lived.map(({ agent }) => agent?.cpu ?? null),
    childrenCpu: lived.map(({ agent }) => agent?.childrenCpu ?? null),
    switches: lived.map(({ agent }) => agent?.switches ?? null),
    idle: lived.map(({ agent }) => agent?.idle ?? null),
    bands: bandsOf(lived),
  };
}

type AgentRow = { readonly at: number; readonly agent: AgentPoint | undefined };

/** A band has one verdict and one cause. It ends at the next reading that differs, or at the last reading. */
function bandsOf(rows: readonly AgentRow[]): AgentSeries["bands"] {
  const bands: { from: number; to: number; verdict: VerdictName; cause?: CauseName }[] = [];
  let open: (typeof bands)[number] | undefined;
  for (const { at, agent } of rows) {
    if (open) open.to = at;
    if (agent?.verdict === open?.verdict && agent?.cause === open?.cause) continue;
    open = agent && defined({ from: at, to: at, verdict: agent.verdict, cause: agent.cause });
    if (open) bands.push(open);
  }
  return bands;
}

/** Inserts an empty row into each gap. */
function withGaps(points: readonly Point[]): readonly { readonly at: number; readonly point?: Point }[] {
  const rows: { at: number; point?: Point }[] = [];
  for (const [index, point] of points.entries()) {
    const before = points[index - 1];
    const usual = before ? stepAround(points, index) : 0;
    if (before && point.at - before.at > usual * GAP_STEPS) rows.push({ at: before.at + usual });
    rows.push({ at: point.at, point });
  }
  return rows;
}

/** Returns the usual step near a point. Steps are larger for older points. */
function stepAround(points: readonly Point[], index: number): number {
  const steps: number[] = [];
  for (let at = Math.max(1, index - 3); at <= Math.min(points.length - 1, index + 3); at += 1)
    steps.push((points[at]?.at ?? 0) - (points[at - 1]?.at ?? 0));
  steps.sort((a, b) => a - b);
  return steps[Math.floor((steps.length - 1) / 2)] ?? 0;
}
