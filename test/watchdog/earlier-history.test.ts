/** Records of an earlier version: verdicts that no longer exist, and agent states in another format. */
import { create } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { expect, it } from "vitest";
import { GetMetricsResponseSchema } from "../../client/index.ts";
import { bucket, type Point } from "../../watchdog/history/point.ts";
import { toAgentSeries } from "../../watchdog/history/series.ts";
import { DEFAULT_JUDGEMENT } from "../../watchdog/judgement/thresholds.ts";
import { type HeldAgents, judgeAgents, restoredStates } from "../../watchdog/targets/agents.ts";

const EARLIER = "waiting_on_stream" as "waiting_on_peer";

it("the history keeps a verdict that no longer exists, also in an hourly point", () => {
  const points = [1, 2, 3].map((minute): Point => {
    const agent = { runId: "7", cpu: 0, childrenCpu: 0, switches: 9, verdict: EARLIER };
    return { at: minute * 60_000, agents: [agent] };
  });
  const [hour] = bucket(points, 3_600_000);
  expect(hour?.agents[0]?.verdict).toBe(EARLIER);
  expect(toAgentSeries(points, "7").bands.map(({ verdict }) => verdict)).toEqual([EARLIER]);
});

it("the watchdog starts over with a run that an earlier version recorded in another format", () => {
  const at = Date.now();
  const sample = { at, bootId: "boot", sourceEpoch: "one", clkTck: 100, presence: "running" };
  const state = {
    observed: { recent: [sample], silent: {}, fruitless: {}, spinning: {}, respawned: false },
    verdict: { name: EARLIER, evidence: "", signals: [], since: at },
  };
  const states = restoredStates({ 7: state } as unknown as HeldAgents);
  const process = { state: "S", startTicks: 1, threads: 1, residentMemoryBytes: 1e6 };
  const running = [{ runId: "7", presence: "running", pid: 9, process }];
  const envelope = {
    generatedAt: timestampFromMs(at + 15_000),
    bootId: "boot",
    sourceEpoch: "one",
    clkTck: 100,
  };
  const next = create(GetMetricsResponseSchema, { ...envelope, agents: { running } });
  const [judged] = judgeAgents(next, states, DEFAULT_JUDGEMENT);
  expect(judged?.agent.verdict).toMatchObject({
    name: "not_known_yet",
    evidence: "one reading so far",
  });
});
