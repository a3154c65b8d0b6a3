/** What is told of each running agent. The series are as many as agents run; a pid is no label, since it is reused. */
import type { GetMetricsResponse, RunningAgent } from "../../gen/orchestrator/metrics/v1/metrics_pb.js";
import { distinct, type Family, gauge, labels, type MetricType, type Sample, seconds } from "./family.ts";

interface Definition {
  readonly name: string;
  readonly type: MetricType;
  readonly help: string;
  /** Undefined: not known, and then there is no sample. `ticks` are clock ticks per second. */
  readonly value: (agent: RunningAgent, ticks: number) => number | undefined;
}

const DEFINITIONS: readonly Definition[] = [
  {
    name: "orch_agent_runtime_seconds",
    type: "gauge",
    help: "Seconds since the run started.",
    value: (agent) => agent.runtimeSeconds,
  },
  {
    name: "orch_agent_start_time_seconds",
    type: "gauge",
    help: "When the run started, by the orchestrator, in seconds since the epoch.",
    value: (agent) => seconds(agent.startedAt),
  },
  {
    name: "orch_agent_heartbeat_time_seconds",
    type: "gauge",
    help: "The last heartbeat that the orchestrator recorded, in seconds since the epoch.",
    value: (agent) => seconds(agent.heartbeatAt),
  },
  {
    name: "orch_agent_process_start_time_seconds",
    type: "gauge",
    help: "When the agent's process started, in seconds since the epoch. Later than the run: its pid was reused.",
    value: ({ process }) => seconds(process?.startedAt),
  },
  {
    name: "orch_agent_cpu_seconds_total",
    type: "counter",
    help: "CPU time of the agent's process itself.",
    value: ({ cpuTicks }, ticks) => (cpuTicks === undefined ? undefined : cpuTicks / ticks),
  },
  {
    name: "orch_agent_reaped_children_cpu_seconds_total",
    type: "counter",
    help: "CPU time of the agent's children that ended and were waited for.",
    value: ({ process }, ticks) => process && process.reapedChildrenTicks / ticks,
  },
  {
    name: "orch_agent_descendants_cpu_seconds",
    type: "gauge",
    help: "CPU time of the agent's living descendants. It falls when one of them ends.",
    value: ({ process }, ticks) => process?.descendants && process.descendants.ticks / ticks,
  },
  {
    name: "orch_agent_descendants",
    type: "gauge",
    help: "Living descendants of the agent's process.",
    value: ({ process }) => process?.descendants?.processes,
  },
  {
    name: "orch_agent_voluntary_context_switches_total",
    type: "counter",
    help: "Voluntary context switches of the agent's process: they go on while it waits for a stream.",
    value: ({ process }) => process?.voluntaryContextSwitches,
  },
  {
    name: "orch_agent_descendants_voluntary_context_switches",
    type: "gauge",
    help: "Voluntary context switches of the agent's living descendants. They fall when one of them ends.",
    value: ({ process }) => process?.descendants?.voluntaryContextSwitches,
  },
  {
    name: "orch_agent_read_chars_total",
    type: "counter",
    help: "Bytes that the agent's process read, by read(2) and its kin.",
    value: ({ process }) => process?.readChars,
  },
  {
    name: "orch_agent_write_chars_total",
    type: "counter",
    help: "Bytes that the agent's process wrote, by write(2) and its kin.",
    value: ({ process }) => process?.writeChars,
  },
  {
    name: "orch_agent_resident_memory_bytes",
    type: "gauge",
    help: "Resident memory of the agent's process.",
    value: ({ process }) => process?.residentMemoryBytes,
  },
  {
    name: "orch_agent_log_bytes",
    type: "gauge",
    help: "Size of the run's log file.",
    value: ({ log }) => log?.sizeBytes,
  },
  {
    name: "orch_agent_log_modified_time_seconds",
    type: "gauge",
    help: "When the run's log file was last written, in seconds since the epoch.",
    value: ({ log }) => seconds(log?.modifiedAt),
  },
];

export function agentFamilies({ agents, clkTck }: GetMetricsResponse): readonly Family[] {
  if (!agents || agents.error) return [];
  const count = agents.running.length + agents.runningOmitted;
  const labelled = distinct(agents.running.map((agent) => ({ agent, labels: labelsOf(agent) })));
  const ticks = clkTck || Number.NaN;
  return [
    gauge("orch_agents", "Running agents.", [{ labels: "", value: count }]),
    gauge(
      "orch_agent_presence",
      "1 for what the kernel says of the agent's pid: running, zombie, gone, hidden, other_host, no_pid, unknown.",
      labelled.map(({ agent }) => ({ labels: labelsOf(agent, ["presence", agent.presence]), value: 1 })),
    ),
    ...DEFINITIONS.map(({ name, type, help, value }): Family => {
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
