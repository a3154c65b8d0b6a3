/** The metrics of a running agent that have one sample each. */
import type { AgentProcess, RunningAgent } from "../../gen/orchestrator/metrics/v1/metrics_pb.js";
import { seconds } from "../../shared/metric-family.ts";
import type { AgentMetric } from "./agent-states.ts";

type Value = (agent: RunningAgent, ticks: number) => number | undefined;

const gauge = (name: string, help: string, value: Value): AgentMetric => ({
  name: `orch_agent_${name}`,
  type: "gauge",
  help,
  samples(agent, ticks) {
    const known = value(agent, ticks);
    return known === undefined ? [] : [{ labels: [], value: known }];
  },
});

const counter = (name: string, help: string, value: Value): AgentMetric => ({
  ...gauge(`${name}_total`, help, value),
  type: "counter",
});

export const AGENT_FIGURES: readonly AgentMetric[] = [
  gauge("runtime_seconds", "Seconds since the run started.", (agent) => agent.runtimeSeconds),
  gauge(
    "start_time_seconds",
    "When the run started, according to the orchestrator, in seconds since the epoch.",
    (agent) => seconds(agent.startedAt),
  ),
  gauge(
    "heartbeat_time_seconds",
    "The last heartbeat that the orchestrator recorded, in seconds since the epoch.",
    (agent) => seconds(agent.heartbeatAt),
  ),
  gauge(
    "progress_time_seconds",
    "The run's last step that the orchestrator recorded, in seconds since the epoch.",
    (agent) => seconds(agent.progressAt),
  ),
  gauge(
    "process_start_time_seconds",
    "When the agent's process started, in seconds since the epoch. If it is later than the run's start, the pid was reused.",
    ({ process }) => seconds(process?.startedAt),
  ),
  counter("cpu_seconds", "CPU time of the agent's process itself.", ({ cpuTicks }, ticks) =>
    cpuTicks === undefined ? undefined : cpuTicks / ticks,
  ),
  counter(
    "reaped_children_cpu_seconds",
    "CPU time of the agent's children that ended and were reaped.",
    ({ process }, ticks) => process && process.reapedChildrenTicks / ticks,
  ),
  gauge(
    "descendants_cpu_seconds",
    "CPU time of the agent's living descendants. It falls when one of them ends.",
    ({ process }, ticks) => process?.descendants && process.descendants.ticks / ticks,
  ),
  counter(
    "run_delay_seconds",
    "Time that the threads of the agent's process spent waiting for a processor.",
    ({ process }) => process?.runDelaySeconds,
  ),
  gauge(
    "descendants",
    "Living descendants of the agent's process.",
    ({ process }) => process?.descendants?.processes,
  ),
  counter(
    "voluntary_context_switches",
    "Voluntary context switches of the agent's process. They increase while it waits for a stream.",
    ({ process }) => process?.voluntaryContextSwitches,
  ),
  gauge(
    "descendants_voluntary_context_switches",
    "Voluntary context switches of the agent's living descendants. They fall when one of them ends.",
    ({ process }) => process?.descendants?.voluntaryContextSwitches,
  ),
  counter(
    "read_chars",
    "Bytes that the agent's process read through read(2) and similar calls.",
    ({ process }) => process?.readChars,
  ),
  counter(
    "write_chars",
    "Bytes that the agent's process wrote through write(2) and similar calls.",
    ({ process }) => process?.writeChars,
  ),
  gauge(
    "descendants_write_chars",
    "Bytes that the agent's living descendants wrote. It falls when one of them ends.",
    ({ process }) => process?.descendants?.writeChars,
  ),
  counter(
    "storage_write_bytes",
    "Bytes that the agent's process caused to be written to storage. 0 on tmpfs and FUSE.",
    ({ process }) => process?.storageWriteBytes,
  ),
  gauge(
    "descendants_storage_write_bytes",
    "Bytes that the agent's living descendants caused to be written to storage. It falls when one of them ends.",
    ({ process }) => process?.descendants?.storageWriteBytes,
  ),
  gauge(
    "resident_memory_bytes",
    "Resident memory of the agent's process.",
    ({ process }) => process?.residentMemoryBytes,
  ),
  gauge("frozen", "1 while the control group of the agent's process is frozen.", ({ process }) =>
    flag(process?.frozen),
  ),
  gauge(
    "wait_timeout_seconds",
    "The full timeout of the call in which the agent's process waits, not the time left.",
    ({ process }) => process?.wait?.timeoutSeconds,
  ),
  gauge(
    "terminal_foreground",
    "1 while the agent's process is in the foreground of its terminal.",
    ({ process }) => flag(process?.terminal?.foreground),
  ),
  gauge("terminal_reads", "1 while the agent's process waits to read its terminal.", ({ process }) =>
    flag(process?.terminal?.reads),
  ),
  gauge(
    "terminal_readers",
    "The agent's process and its youngest descendants that wait to read a terminal from its foreground.",
    ({ process }) => process && terminalReaders(process),
  ),
  counter("cost_usd", "Cost of the run so far, in US dollars.", ({ usage }) =>
    usage && usage.pricedRuns !== 0 ? usage.costUsd : undefined,
  ),
  gauge("log_bytes", "Size of the run's log file.", ({ log }) => log?.sizeBytes),
  gauge(
    "log_modified_time_seconds",
    "When the run's log file was last written, in seconds since the epoch.",
    ({ log }) => seconds(log?.modifiedAt),
  ),
  gauge("log_recent_lines", "Lines in the last 4 KiB of the run's log file.", ({ log }) => log?.recentLines),
  gauge(
    "log_recent_distinct_lines",
    "Distinct lines among them, ignoring times, durations, identifiers and attempt counts.",
    ({ log }) => log?.recentDistinctLines,
  ),
];

const flag = (value: boolean | undefined) => (value === undefined ? undefined : Number(value));

/** Undefined if it is unknown for every process whether it reads a terminal. */
function terminalReaders({ terminal, descendants }: AgentProcess): number | undefined {
  const known = [terminal, ...(descendants?.youngest ?? []).map((child) => child.terminal)].filter(
    (one) => one?.reads !== undefined,
  );
  if (known.length === 0) return undefined;
  return known.filter((one) => one?.foreground && one.reads).length;
}
