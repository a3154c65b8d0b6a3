/** Extracts from an envelope what the judgement compares for one agent. */
import type { GetMetricsResponse, RunningAgent } from "../../gen/orchestrator/metrics/v1/metrics_pb.js";
import { defined } from "../defined.ts";
import { milliseconds, readable } from "./fields.ts";

export interface AgentReading {
  /** The envelope's `generated_at`; milliseconds since the epoch. */
  readonly at: number;
  readonly bootId: string;
  readonly sourceEpoch: string;
  readonly clkTck: number;
  readonly agent: RunningAgent;
  /** Whether its task or job is finished; absent: unknown. */
  readonly taskFinished?: boolean;
}

/** The contract's names for finished jobs. */
const FINISHED_JOBS = new Set(["done", "failed", "cancelled"]);

/** Returns one reading per running agent; none if the envelope has no time or its agents could not be read. */
export function agentReadings(envelope: GetMetricsResponse): readonly AgentReading[] {
  const at = milliseconds(envelope.generatedAt);
  const agents = readable(envelope.agents);
  if (at === undefined || !agents) return [];
  const { bootId, sourceEpoch, clkTck } = envelope;
  const active = activeTasks(envelope);
  return agents.running.map((agent) => {
    const taskFinished = isFinished(agent, active);
    return defined({ at, bootId, sourceEpoch, clkTck, agent, taskFinished });
  });
}

/** Returns undefined if the list is absent, failed or truncated: a missing entry then means nothing. */
function activeTasks(envelope: GetMetricsResponse): ReadonlySet<string> | undefined {
  const stages = readable(envelope.stages);
  return stages?.tasksOmitted === 0 ? new Set(stages.tasks.map(({ id }) => id)) : undefined;
}

function isFinished(agent: RunningAgent, active: ReadonlySet<string> | undefined): boolean | undefined {
  if (agent.jobStatus !== undefined && FINISHED_JOBS.has(agent.jobStatus)) return true;
  // Without a stage, the task's row is missing, which does not mean that the task is finished.
  if (active === undefined || agent.taskId === "" || agent.taskStage === undefined) return undefined;
  return !active.has(agent.taskId);
}
