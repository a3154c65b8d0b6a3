/** Extracts the runs from an orchestrator's envelopes, for the history. */
import { hash } from "node:crypto";
import type { FinishedRun, GetMetricsResponse, RunningAgent } from "../../client/index.ts";
import { defined } from "../defined.ts";
import type { SeenRun } from "../history/runs-table.ts";
import { milliseconds, readable } from "../judgement/fields.ts";
import { sumOfKnown } from "../sum-of-known.ts";

export function createRunLog() {
  /** The finished runs of the previous envelope, as JSON. */
  let written = new Map<string, string>();
  return {
    /** Returns the running agents, and the finished runs that differ from the previous envelope. */
    changes(envelope: GetMetricsResponse, now: number): readonly SeenRun[] {
      const { stages, sourceEpoch } = envelope;
      const agents = readable(envelope.agents);
      if (!agents) return [];
      const epoch = hash("sha256", sourceEpoch).slice(0, 8);
      const workItems = new Map(stages?.tasks.map(({ id, workItem }) => [id, workItem]));
      const seen = (run: RunningAgent | FinishedRun) => ({
        epoch,
        runId: run.runId,
        startedAt: timeOf(milliseconds(run.startedAt)),
        taskId: run.taskId || undefined,
        workItem: workItems.get(run.taskId) || undefined,
        agent: run.agent || undefined,
        model: run.model || undefined,
        ...usageOf(run),
      });
      const finished = agents.finished.map((run): SeenRun => {
        // The source's clock can be ahead.
        const at = Math.min(timeOf(milliseconds(run.finishedAt)) ?? now, now);
        return defined({ ...seen(run), isFinished: true, at, exitCode: run.exitCode });
      });
      const texts = new Map(finished.map((run) => [run.runId, JSON.stringify(run)]));
      const changed = finished.filter(({ runId }) => written.get(runId) !== texts.get(runId));
      written = texts;
      const running = agents.running
        .filter(({ runId }) => !texts.has(runId))
        .map((run): SeenRun => defined({ ...seen(run), isFinished: false, at: now }));
      return [...running, ...changed];
    },
  };
}

function usageOf({ usage }: RunningAgent | FinishedRun) {
  if (usage === undefined) return {};
  const { inputTokens, cacheReadTokens, cacheCreationTokens, outputTokens, costUsd, pricedRuns } = usage;
  return {
    tokensIn: sumOfKnown([inputTokens, cacheReadTokens, cacheCreationTokens].map(finite)),
    tokensOut: finite(outputTokens),
    costUsd: pricedRuns === 0 ? undefined : finite(costUsd),
  };
}

const finite = (amount: number | undefined) => (Number.isFinite(amount) ? amount : undefined);

/** Times before 1970 are unknown ones. */
const timeOf = (time = 0) => (time > 0 ? time : undefined);
