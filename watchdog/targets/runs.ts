/**
 * The cost of each run when it was last seen. A source's totals fall when it deletes old runs; the sum of the growth of each
 * run does not.
 */
import type { GetMetricsResponse } from "../../client/index.ts";
import { sumByName } from "../history/by-name.ts";
import { milliseconds, readable } from "../judgement/fields.ts";

/** The runs of one answer, stored as JSON. */
export interface SeenRuns {
  /** US dollars by run, running or finished; 0 if unknown. */
  readonly costs: Readonly<Record<string, number>>;
  /** Whether the list of running runs is complete. */
  readonly isWhole: boolean;
  /** The list is complete for runs that finished after this; milliseconds since the epoch by the source's clock. */
  readonly finishedSince: number;
}

/**
 * Returns the runs of an answer, and the growth of their costs since the answer before, by model: a lower bound. Undefined
 * if the agents could not be read.
 */
export function addUpRuns(before: SeenRuns | undefined, envelope: GetMetricsResponse) {
  const agents = readable(envelope.agents);
  if (!agents) return undefined;
  const known = new Map(Object.entries(before?.costs ?? {}));
  const costs = new Map<string, number>();
  const times: number[] = [];
  const spent: [string, number][] = [];
  for (const run of [...agents.running, ...agents.finished]) {
    const { runId, model, usage } = run;
    const usd = usage?.costUsd ?? 0;
    const finishedAt = "finishedAt" in run ? (milliseconds(run.finishedAt) ?? 0) : Infinity;
    // A new run counts from 0. A run that moved up into the list because others were deleted does not count.
    const isNew = before?.isWhole && finishedAt > before.finishedSince;
    const from = costs.get(runId) ?? known.get(runId) ?? (isNew ? 0 : usd);
    spent.push([model, Math.max(0, usd - from)]);
    costs.set(runId, usd);
    if (finishedAt < Infinity) times.push(finishedAt);
  }
  // An empty list may mean that the source keeps none.
  const finishedSince =
    times.length > 0 ? Math.min(...times) : (milliseconds(envelope.generatedAt) ?? Infinity);
  const isWhole = agents.runningOmitted === 0;
  const runs: SeenRuns = { costs: Object.fromEntries(costs), isWhole, finishedSince };
  return { runs, spent: sumByName(spent) };
}
