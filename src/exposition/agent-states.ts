/**
 * The metrics of a running agent that have one sample for each value of a label. The values are few: states, functions of the
 * kernel in which it waits, its program's names.
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

/** Functions in which most threads wait; a runtime's threads wait in two or three. */
const MOST_FUNCTIONS = 8;

export const AGENT_STATES: readonly AgentState[] = [
  {
    name: "orch_agent_presence",
    type: "gauge",
    help: "1 for what the kernel says of the agent's pid: running, zombie, gone, hidden, other_host, no_pid, ambiguous, unknown.",
    samples: ({ presence }) => info(["presence", presence]),
  },
  {
    name: "orch_agent_process_state",
    type: "gauge",
    help: "1 for the kernel's letter of the agent's process, such as S for sleeping and T for stopped.",
    samples: ({ process }) => (process ? info(["state", process.state]) : []),
  },
  {
    name: "orch_agent_program_info",
    type: "gauge",
    help: "1, with the kernel's name of the agent's process and its program.",
    samples: ({ process }) => (process ? info(["name", process.name], ["program", process.program]) : []),
  },
  {
    name: "orch_agent_wait_info",
    type: "gauge",
    help: "1, with what the agent's process waits for: the kernel's function, the system call, kinds of descriptors.",
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
    help: "Threads of the agent's process by the kernel's function in which they wait; running: in none.",
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
    help: "Established TCP connections of the agent's process tree, and how many of them are in the other states.",
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
    help: "Living descendants of the agent's process by the kernel's letter.",
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

/** No sample for a number that is not known. */
function numbered(
  label: string,
  numbers: Readonly<Record<string, number | undefined>>,
): readonly LabelledValue[] {
  return Object.entries(numbers).flatMap(([name, value]) =>
    value === undefined ? [] : [{ labels: [[label, name] as const], value }],
  );
}
