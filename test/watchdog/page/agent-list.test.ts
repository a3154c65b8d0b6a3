/** The list of agents, as the URL determines it. */
import { describe, expect, it } from "vitest";
import type { Verdict } from "../../../watchdog/judgement/verdict.ts";
import { filtered, type ListedAgent, ordered } from "../../../watchdog/page/views/target/agent-list.ts";

const verdict = (name: Verdict["name"], rest: Partial<Verdict> = {}): Verdict => ({
  ...{ name, evidence: `it is ${name}`, signals: [], since: 0 },
  ...rest,
});

const agent = (runId: string, rest: Partial<ListedAgent> = {}): ListedAgent => ({
  ...{ runId, agent: "developer", model: "large", taskId: `t${runId}`, workItem: `ORCH-${runId}` },
  ...{ verdict: verdict("working") },
  ...rest,
});

const AGENTS = [
  agent("9", { costUsd: 2 }),
  agent("10", {
    costUsd: 0.5,
    agent: "reviewer",
    verdict: verdict("hung", { cause: "peer" }),
    idleSince: 500,
  }),
  agent("11", {
    model: "small",
    pid: 4711,
    verdict: verdict("waiting_on_peer", { cause: "peer" }),
    idleSince: 100,
  }),
];

const shown = (query: string) => {
  const parameters = new URLSearchParams(query);
  const order = parameters.get("sort") ?? "verdict";
  return ordered(filtered(AGENTS, parameters), order).map(({ runId }) => runId);
};

describe("the list of agents", () => {
  it("shows the worst first, and equal ones in numerical order", () => {
    expect(shown("")).toEqual(["10", "11", "9"]);
    expect(ordered([agent("10"), agent("9")], "verdict").map(({ runId }) => runId)).toEqual(["9", "10"]);
  });

  it.each([
    ["verdict=hung", ["10"]],
    ["cause=peer", ["10", "11"]],
    ["cause=peer&model=small", ["11"]],
    ["agent=reviewer", ["10"]],
    ["task=orch-9", ["9"]],
    ["task=t1", ["10", "11"]],
    ["text=4711", ["11"]],
    ["text=is+HUNG", ["10"]],
    ["text=hung+small", []],
    ["verdict=unheard_of", []],
  ])("is filtered by %s", (query, expected) => {
    expect(shown(query)).toEqual(expected);
  });

  it.each([
    ["sort=cost", ["9", "10", "11"]],
    ["sort=-cost", ["10", "9", "11"]],
    ["sort=idle", ["11", "10", "9"]],
    ["sort=-idle", ["10", "11", "9"]],
    ["sort=task", ["9", "10", "11"]],
    ["sort=nothing", ["10", "11", "9"]],
  ])("is sorted by %s, with unknown values last", (query, expected) => {
    expect(shown(query)).toEqual(expected);
  });
});
