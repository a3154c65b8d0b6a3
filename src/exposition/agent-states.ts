/**
 * The metrics of a running agent that have a sample for each value of a label. The label values are few: states,
 * kernel functions and program names.
 */
import type { RunningAgent } from "../../gen/orchestrator/metrics/v1/metrics_pb.js";
import type { MetricType } from "../../shared/metric-family.ts";
import { tokensOf } from "./cost-families.ts";

type Label = readonly [name: string, value: string];

export interface AgentMetric {
  readonly name: string;
  readonly type: MetricType;
  readonly help: string;
  /** Returns none if the value is unknown. `ticks` is the number of clock ticks per second. */
  readonly samples: (agent: RunningAgent, ticks: number) => readonly LabelledValue[];
}

interface LabelledValue {
  /** Besides those of the agent. */
  readonly labels: readonly Label[];
  readonly value: number;
}

/** A gauge that is 1 with these labels. */
const info = (
  name: string,
  help: string,
  labelsOf: (agent: RunningAgent) => readonly Label[] | undefined,
): AgentMetric => ({
  name: `orch_agent_${name}`,
  type: "gauge",
  help,
  samples(agent) {
    const labels = labelsOf(agent);
    return labels ? [{ labels, value: 1 }] : [];
  },
});

/** A sample for each known number, whose key is the value of `label`. */
const numbered = (
  name: string,
  help: string,
  label: string,
  numbersOf: (agent: RunningAgent) => Readonly<Record<string, number | undefined>> | undefined,
): AgentMetric => ({
  name: `orch_agent_${name}`,
  type: name.endsWith("_total") ? "counter" : "gauge",
  help,
  samples: (agent) =>
    Object.entries(numbersOf(agent) ?? {}).flatMap(([key, value]) =>
      value === undefined ? [] : [{ labels: [[label, key] as const], value }],
    ),
});

/** Functions reported per process. The threads of a runtime wait in two or three. */
const MOST_FUNCTIONS = 8;

export const AGENT_STATES: readonly AgentMetric[] = [
  info(
    "presence",
    "1 for the state of the agent's pid in the kernel: running, zombie, gone, hidden, other_host, no_pid, ambiguous, unknown.",
    ({ presence }) => [["presence", presence]],
  ),
  info(
    "process_state",
    "1 for the kernel's state letter of the agent's process, such as S for sleeping and T for stopped.",
    ({ process }) => process && [["state", process.state]],
  ),
  info(
    "program_info",
    "1, with the kernel's name for the agent's process, and its program.",
    ({ process }) =>
      process && [
        ["name", process.name],
        ["program", process.program],
      ],
  ),
  info(
    "wait_info",
    "1, with what the agent's process waits for: kernel function, system call and kinds of descriptors.",
    ({ process }) =>
      process?.wait && [
        ["kernel_function", process.wait.kernelFunction],
        ["system_call", process.wait.systemCall ?? ""],
        ["on", process.wait.on.join(",")],
      ],
  ),
  numbered(
    "thread_waits",
    "Threads of the agent's process by the kernel function in which they wait, or running.",
    "kernel_function",
    ({ process }) => {
      const waits = Object.entries(process?.threadWaits ?? {});
      const most = waits.sort(([a, threads], [b, others]) => others - threads || a.localeCompare(b));
      return Object.fromEntries(most.slice(0, MOST_FUNCTIONS));
    },
  ),
  numbered(
    "connections",
    "Established TCP connections of the agent's process tree, and how many of these are in each other state.",
    "state",
    ({ process }) =>
      process?.connections && {
        established: process.connections.established,
        with_unread_bytes: process.connections.withUnreadBytes,
        with_unsent_bytes: process.connections.withUnsentBytes,
        retransmitting: process.connections.retransmitting,
      },
  ),
  numbered(
    "descendant_states",
    "Living descendants of the agent's process by the kernel's state letter.",
    "state",
    ({ process }) => process?.descendants?.states,
  ),
  info("youngest_child_info", "1, with the program of the descendant that started last.", ({ process }) => {
    const [youngest] = process?.descendants?.youngest ?? [];
    return youngest && [["program", youngest.program || youngest.name]];
  }),
  numbered("tokens_total", "Tokens of the run so far.", "type", ({ usage }) => usage && tokensOf(usage)),
];
