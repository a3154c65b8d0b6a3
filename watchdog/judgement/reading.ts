/** One agent in one envelope: what the judgement compares. */
import type { GetMetricsResponse, RunningAgent } from "../../gen/orchestrator/metrics/v1/metrics_pb.js";
import { defined } from "../defined.ts";
import { milliseconds } from "./milliseconds.ts";
import type { Observed } from "./observed.ts";
import type { Verdict } from "./verdict.ts";

/** What a run's readings came to so far. Plain data: it can be kept as JSON. */
export interface RunState {
  readonly observed: Observed;
  readonly verdict: Verdict;
}

export interface AgentReading {
  /** The envelope's `generated_at`; milliseconds since the epoch. */
  readonly at: number;
  readonly bootId: string;
  readonly sourceEpoch: string;
  readonly clkTck: number;
  readonly agent: RunningAgent;
  /** Whether what it works for is finished; absent: the envelope does not tell. */
  readonly taskFinished?: boolean;
}

/** The contract's words for a job that will not go on. */
const FINISHED_JOBS = new Set(["done", "failed", "cancelled"]);

/** One reading for each running agent; none where the envelope has no time or its agents could not be read. */
export function agentReadings(envelope: GetMetricsResponse): readonly AgentReading[] {
  const at = milliseconds(envelope.generatedAt);
  if (at === undefined || envelope.agents === undefined || envelope.agents.error !== undefined) return [];
  const { bootId, sourceEpoch, clkTck } = envelope;
  const active = activeTasks(envelope);
  return envelope.agents.running.map((agent) => {
    const taskFinished = isFinished(agent, active);
    return defined({ at, bootId, sourceEpoch, clkTck, agent, taskFinished });
  });
}

/** Undefined where the list is absent, failed or cut: absence from it then says nothing. */
function activeTasks({ stages }: GetMetricsResponse): ReadonlySet<string> | undefined {
  if (stages === undefined || stages.error !== undefined || stages.tasksOmitted !== 0) return undefined;
  return new Set(stages.tasks.map(({ id }) => id));
}

function isFinished(agent: RunningAgent, active: ReadonlySet<string> | undefined): boolean | undefined {
  if (agent.jobStatus !== undefined && FINISHED_JOBS.has(agent.jobStatus)) return true;
  // Without a stage the task's row is not there: that is not known to be finished.
  if (active === undefined || agent.taskId === "" || agent.taskStage === undefined) return undefined;
  return !active.has(agent.taskId);
}
