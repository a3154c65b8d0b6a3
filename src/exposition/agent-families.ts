/** The metrics of each running agent. A pid is not a label, since it is reused. */
import type { GetMetricsResponse, RunningAgent } from "../../gen/orchestrator/metrics/v1/metrics_pb.js";
import { distinct, type Family, gauge, labels, type Sample } from "../../shared/metric-family.ts";
import { AGENT_FIGURES } from "./agent-figures.ts";
import { AGENT_STATES } from "./agent-states.ts";

export function agentFamilies({ agents, clkTck }: GetMetricsResponse): readonly Family[] {
  if (!agents || agents.error) return [];
  const count = agents.running.length + agents.runningOmitted;
  const labelled = distinct(agents.running.map((agent) => ({ agent, labels: labelsOf(agent) })));
  const ticks = clkTck || Number.NaN;
  return [
    gauge("orch_agents", "Running agents.", [{ labels: "", value: count }]),
    ...[...AGENT_STATES, ...AGENT_FIGURES].map(({ name, type, help, samples }): Family => {
      const all: Sample[] = [];
      for (const { agent, labels: own } of labelled)
        for (const { labels: more, value } of samples(agent, ticks))
          all.push({ labels: more.length === 0 ? own : labelsOf(agent, ...more), value });
      return { name, type, help, samples: all };
    }),
  ];
}

function labelsOf(agent: RunningAgent, ...more: readonly (readonly [string, string])[]): string {
  return labels(["agent", agent.agent], ["task_id", agent.taskId], ["run_id", agent.runId], ...more);
}
