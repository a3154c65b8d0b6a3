/**
 * The metrics of a running agent that have a sample for each value of a label. The label values are few: states,
 * kernel functions and program names.
 */
import type { RunningAgent } from "../../gen/orchestrator/metrics/v1/metrics_pb.js";
import type { MetricType } from "../../shared/metric-family.ts";

type Label = readonly [name: string, value: string];

interface LabelledValue {
  readonly labels: readonly Label[];
  readonly value: number;
}

export interface AgentState {
  readonly name: string;
  readonly type: MetricType;
  readonly help: string;
  readonly samples: (agent: RunningAgent) => readonly LabelledValue[];
}

/** Functions reported per process. The threads of a runtime wait in two or three. */
const MOST_FUNCTIONS = 8;

export const AGENT_STATES: readonly AgentState[] = [
  {
    name: "orch_agent_presence",
    type: "gauge",
    help: "1 for the state of the agent's pid in the kernel: running, zombie, gone, hidden, other_host, no_pid, ambiguous, unknown.",
    samples: ({ presence }) => info(["presence", presence]),
  },
  {
    name: "orch_agent_process_state",
    type: "gauge",
    help: "1 for the kernel's state letter of the agent's process, such as S for sleeping and T for stopped.",
    samples: ({ process }) => (process ? info(["state", process.state]) : []),
  },
  {
    name: "orch_agent_program_info",
    type: "gauge",
    help: "1, with the kernel's name for the agent's process, and its program.",
    samples: ({ process }) => (process ? info(["name", process.name], ["program", process.program]) : []),
  },
  {
    name: "orch_agent_wait_info",
    type: "gauge",
    help: "1, with what the agent's process waits for: kernel function, system call and kinds of descriptors.",
    samples: ({ process }) => {
      const { wait } = process ?? {};
      if (!wait) return [];
      const { kernelFunction, systemCall = "", on } = wait;
      return info(["kernel_function", kernelFunction], ["system_call", systemCall], ["on", on.join(",")]);
    },
  },
  {
    name: "orch_agent_thread_waits",
    type: "gauge",
    help: "Threads of the agent's process by the kernel function in which they wait, or running.",
    samples: ({ process }) => {
      const most = Object.entries(process?.threadWaits ?? {})
        .sort(([one, count], [other, otherCount]) => otherCount - count || one.localeCompare(other))
        .slice(0, MOST_FUNCTIONS);
      return numbered("kernel_function", Object.fromEntries(most));
    },
  },
  {
    name: "orch_agent_connections",
    type: "gauge",
    help: "Established TCP connections of the agent's process tree, and how many of these are in each other state.",
    samples: ({ process }) => {
      const { connections } = process ?? {};
      return numbered("state", {
        established: connections?.established,
        with_unread_bytes: connections?.withUnreadBytes,
        with_unsent_bytes: connections?.withUnsentBytes,
        retransmitting: connections?.retransmitting,
      });
    },
  },
  {
    name: "orch_agent_descendant_states",
    type: "gauge",
    help: "Living descendants of the agent's process by the kernel's state letter.",
    samples: ({ process }) => numbered("state", process?.descendants?.states ?? {}),
  },
  {
    name: "orch_agent_youngest_child_info",
    type: "gauge",
    help: "1, with the program of the descendant that started last.",
    samples: ({ process }) => {
      const [youngest] = process?.descendants?.youngest ?? [];
      return youngest ? info(["program", youngest.program || youngest.name]) : [];
    },
  },
  {
    name: "orch_agent_tokens_total",
    type: "counter",
    help: "Tokens of the run so far.",
    samples: ({ usage }) =>
      numbered("type", {
        input: usage?.inputTokens,
        output: usage?.outputTokens,
        cache_read: usage?.cacheReadTokens,
        cache_creation: usage?.cacheCreationTokens,
      }),
  },
];

const info = (...labels: readonly Label[]): readonly LabelledValue[] => [{ labels, value: 1 }];

/** Returns a sample for each known number. */
function numbered(
  label: string,
  numbers: Readonly<Record<string, number | undefined>>,
): readonly LabelledValue[] {
  return Object.entries(numbers).flatMap(([name, value]) =>
    value === undefined ? [] : [{ labels: [[label, name] as const], value }],
  );
}
