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
    ...AGENT_STATES.map(
      ({ name, type, help, samples }): Family => ({
        name,
        type,
        help,
        samples: labelled.flatMap(({ agent }) =>
          samples(agent).map(({ labels: more, value }) => ({ labels: labelsOf(agent, ...more), value })),
        ),
      }),
    ),
    ...AGENT_FIGURES.map(({ name, type, help, value }): Family => {
      const samples: Sample[] = [];
      for (const { agent, labels: series } of labelled) {
        const known = value(agent, ticks);
        if (known !== undefined) samples.push({ labels: series, value: known });
      }
      return { name, type, help, samples };
    }),
  ];
}

function labelsOf(agent: RunningAgent, ...more: readonly (readonly [string, string])[]): string {
  return labels(["agent", agent.agent], ["task_id", agent.taskId], ["run_id", agent.runId], ...more);
}
