/** What an orchestrator's answers say of its runs, for the history: each as it was seen last, whatever the source deletes. */
import type { FinishedRun, GetMetricsResponse, RunningAgent } from "../../client/index.ts";
import { defined } from "../defined.ts";
import { epochOf, type SeenRun } from "../history/runs-table.ts";
import { milliseconds } from "../judgement/milliseconds.ts";

const keyOf = ({ epoch, runId }: SeenRun) => `${epoch} ${runId}`;

/** `before`: the runs that had not ended when an earlier watchdog saw them last. */
export function createRunLog(before: readonly SeenRun[]) {
  let running = new Map(before.map((run) => [keyOf(run), run]));
  /** The finished ones of the last answer, as JSON. */
  let finished = new Map<string, string>();
  return {
    /** The runs that an answer shows otherwise than the one before did. A run that is no longer listed is gone. */
    changes({ agents, stages, sourceEpoch }: GetMetricsResponse, now: number): readonly SeenRun[] {
      if (agents === undefined || agents.error !== undefined) return [];
      const epoch = epochOf(sourceEpoch);
      const workItems = new Map(stages?.tasks.map(({ id, workItem }) => [id, workItem]));
      const seen = (run: RunningAgent | FinishedRun, state: SeenRun["state"], at: number): SeenRun => {
        const { runId, taskId, agent, model, startedAt, usage } = run;
        const isPriced = usage?.pricedRuns !== 0;
        return defined({
          ...{ runId, epoch, state, at },
          exitCode: "exitCode" in run ? run.exitCode : undefined,
          taskId: taskId || undefined,
          workItem: workItems.get(taskId) || undefined,
          agent: agent || undefined,
          model: model || undefined,
          startedAt: timeOf(milliseconds(startedAt)),
          costUsd: isPriced ? amountOf(usage?.costUsd) : undefined,
          inputTokens: amountOf(usage?.inputTokens),
          outputTokens: amountOf(usage?.outputTokens),
          cacheReadTokens: amountOf(usage?.cacheReadTokens),
          cacheCreationTokens: amountOf(usage?.cacheCreationTokens),
        });
      };
      const ended = agents.finished.map((run) =>
        // A source's clock may be ahead.
        seen(run, "finished", Math.min(timeOf(milliseconds(run.finishedAt)) ?? now, now)),
      );
      const texts = new Map(ended.map((run) => [keyOf(run), JSON.stringify(run)]));
      const runs = agents.running.map((run) => seen(run, "running", now));
      const listed = new Map(runs.map((run) => [keyOf(run), run]));
      for (const key of texts.keys()) listed.delete(key);
      const gone = [...running].filter(([key]) => !listed.has(key) && !texts.has(key));
      const changed = [
        ...gone.map(([, run]): SeenRun => ({ ...run, state: "gone" })),
        ...listed.values(),
        ...ended.filter((run) => finished.get(keyOf(run)) !== texts.get(keyOf(run))),
      ];
      running = listed;
      finished = texts;
      return changed;
    },
  };
}

/** Undefined for what no clock shows. */
const timeOf = (time: number | undefined) =>
  time !== undefined && time > 0 && time < 8.64e15 ? time : undefined;

const amountOf = (amount: number | undefined) => (Number.isFinite(amount) ? amount : undefined);
