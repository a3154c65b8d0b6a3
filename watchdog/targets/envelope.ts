/** Plain numbers from an envelope. A missing value stays absent, never 0. */
import type { GetMetricsResponse } from "../../client/index.ts";
import { defined } from "../defined.ts";
import { sumByName } from "../history/by-name.ts";
import type { Counts } from "../history/point.ts";
import { readable } from "../judgement/fields.ts";

/** The only schema version that this program supports. */
export const SCHEMA_VERSION = 1;

export interface Totals extends Counts {
  /** US dollars over all runs, by model; runs with an unknown model are under "". */
  readonly costs?: Readonly<Record<string, number>>;
}

export function activeTasks(envelope: GetMetricsResponse): number | undefined {
  const stages = readable(envelope.stages);
  return stages && Object.values(stages.counts).reduce((sum, count) => sum + count, 0);
}

/**
 * Returns the sections, and the parts of the queue, that the service could not read, and whether it could read none. What
 * the source does not have has not failed.
 */
export function failuresOf({ stages, queue, agents, cost }: GetMetricsResponse) {
  const parts = {
    ...{ stages, queue, "queue.breakers": queue?.breakers, "queue.gates": queue?.gates },
    ...{ "queue.running": queue?.running, agents, cost },
  };
  const failed = Object.entries(parts).flatMap(([name, part]) =>
    part?.error === undefined || part.error.code === "unimplemented" ? [] : [{ name, error: part.error }],
  );
  const isAll = failed.length > 0 && [stages, queue, agents, cost].every((section) => section?.error);
  return { failed, isAll };
}

export function totalsOf(envelope: GetMetricsResponse): Totals {
  const queue = readable(envelope.queue);
  const cost = readable(envelope.cost);
  const retries = queue?.retries;
  // A service of 0.1.0 has no delayed jobs in the queue itself, and omits zeros.
  const zero = queue?.delayedJobs === undefined ? 0 : undefined;
  return defined({
    queued: queue?.counts.queued,
    oldestQueuedSeconds: queue?.oldestQueuedSeconds ?? (queue?.counts.queued === 0 ? 0 : undefined),
    running: queue?.counts.running,
    attempts: retries && (retries.attemptsTotal ?? zero),
    done: queue?.counts.done,
    exhausted: retries && (retries.exhaustedJobs ?? zero),
    unpriced: unpricedRuns(envelope),
    costs: cost && costsByModel(cost.byAgentModel),
  });
}

/** Returns the finished runs without a known cost. If a source has no prices at all, none count as unpriced. */
function unpricedRuns(envelope: GetMetricsResponse): number | undefined {
  const totals = readable(envelope.cost)?.totals;
  const agents = readable(envelope.agents);
  // A service of 0.1.0 omits a 0.
  if (!totals?.pricedRuns || !agents) return undefined;
  const running = agents.running.filter(({ usage }) => usage !== undefined && !usage.pricedRuns).length;
  return Math.max(0, totals.runs - totals.pricedRuns - running - agents.runningOmitted);
}

/** Returns whether any run has a price. A service of 0.1.0 omits prices of 0. */
export function isPriced({ cost }: GetMetricsResponse): boolean {
  const { totals, byAgentModel = [] } = cost ?? {};
  return !totals?.runs || byAgentModel.some(({ usage }) => usage?.costUsd !== undefined);
}

type ByAgentModel = NonNullable<GetMetricsResponse["cost"]>["byAgentModel"];

function costsByModel(rows: ByAgentModel): Record<string, number> {
  return sumByName(rows.map(({ model = "", usage }) => [model, usage?.costUsd ?? 0]));
}
