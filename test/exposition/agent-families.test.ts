/** A process's signals that a test cannot produce at will, as samples. */
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { expect, it } from "vitest";
import {
  AgentProcessSchema,
  GetMetricsResponseSchema,
} from "../../gen/orchestrator/metrics/v1/metrics_pb.js";
import { agentFamilies } from "../../src/exposition/agent-families.ts";

/**
 * Returns the samples of an agent with this process: label sets without the agent's own labels, each with its
 * value.
 */
function samplesOf(process: Exclude<MessageInitShape<typeof AgentProcessSchema>, { $typeName: string }>) {
  const running = [{ agent: "a", presence: "running", process: create(AgentProcessSchema, process) }];
  const families = agentFamilies(create(GetMetricsResponseSchema, { clkTck: 100, agents: { running } }));
  return (name: string) =>
    families
      .find((family) => family.name === name)
      ?.samples.map(
        ({ labels, value }) => `${labels.replace('{agent="a",task_id="",run_id=""', "{")} ${value}`,
      );
}

it("agents have a series for each state of connections, descendants and threads", () => {
  const samples = samplesOf({
    threadWaits: { ep_poll: 1, futex_wait_queue: 10 },
    connections: { established: 2, withUnsentBytes: 1 },
    descendants: { states: { S: 3, T: 1 }, youngest: [{ name: "vi", program: "vim.tiny" }, { name: "sh" }] },
  });
  expect(samples("orch_agent_thread_waits")).toEqual([
    '{,kernel_function="futex_wait_queue"} 10',
    '{,kernel_function="ep_poll"} 1',
  ]);
  expect(samples("orch_agent_connections")).toEqual([
    '{,state="established"} 2',
    '{,state="with_unread_bytes"} 0',
    '{,state="with_unsent_bytes"} 1',
    '{,state="retransmitting"} 0',
  ]);
  expect(samples("orch_agent_descendant_states")).toEqual(['{,state="S"} 3', '{,state="T"} 1']);
  expect(samples("orch_agent_youngest_child_info")).toEqual(['{,program="vim.tiny"} 1']);
});

it("agents name at most eight kernel functions in which threads wait", () => {
  const threadWaits = Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`f${index}`, index + 1]));
  const samples = samplesOf({ threadWaits })("orch_agent_thread_waits");
  expect(samples).toHaveLength(8);
  expect(samples?.[0]).toBe('{,kernel_function="f19"} 20');
});

it("agents show what they wait for, and leave an unknown system call empty", () => {
  const wait = { kernelFunction: "do_epoll_wait", on: ["socket", "terminal"], timeoutSeconds: 0.08 };
  const samples = samplesOf({ wait });
  expect(samples("orch_agent_wait_info")).toEqual([
    '{,kernel_function="do_epoll_wait",system_call="",on="socket,terminal"} 1',
  ]);
  expect(samples("orch_agent_wait_timeout_seconds")).toEqual(["{} 0.08"]);
});

it("agents count the foreground readers of a terminal among the agent and its youngest descendants", () => {
  const inBackground = { terminal: { foreground: false, reads: true } };
  const samples = samplesOf({
    terminal: { foreground: true, reads: false },
    descendants: { youngest: [{ terminal: { foreground: true, reads: true } }, inBackground, {}] },
  });
  expect(samples("orch_agent_terminal_foreground")).toEqual(["{} 1"]);
  expect(samples("orch_agent_terminal_reads")).toEqual(["{} 0"]);
  expect(samples("orch_agent_terminal_readers")).toEqual(["{} 1"]);
});

it("agents have no sample for unknown terminals, waits, connections and control groups", () => {
  const samples = samplesOf({ terminal: { foreground: true }, descendants: { youngest: [{ name: "sh" }] } });
  for (const name of [
    "terminal_reads",
    "terminal_readers",
    "wait_info",
    "thread_waits",
    "connections",
    "frozen",
  ])
    expect(samples(`orch_agent_${name}`), name).toEqual([]);
});
