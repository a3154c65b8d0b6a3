/** What a target may answer by mistake or with intent: it is taken in, judged and shown all the same. */
import { create } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { describe, expect, it } from "vitest";
import { GetMetricsResponseSchema } from "../../client/index.ts";
import { thresholdsOf } from "../../watchdog/config/thresholds.ts";
import { targetOf } from "../../watchdog/server/views.ts";
import { Target } from "../../watchdog/targets/target.ts";

const THRESHOLDS = thresholdsOf({});
const ADDRESS = { name: "main", url: "http://127.0.0.1:1" };
const NOON = 1_769_860_800_000;

function envelope(at: number, { runId = "1", presence = "gone", model = "m", usd = 1 } = {}) {
  return create(GetMetricsResponseSchema, {
    schemaVersion: 1,
    generatedAt: timestampFromMs(at),
    sourceEpoch: "e",
    agents: { running: [{ runId, presence }] },
    cost: { totals: {}, byAgentModel: [{ agent: "a", model, usage: { costUsd: usd } }] },
  });
}

/** Names that every object of JavaScript has. */
describe.each(["__proto__", "constructor"])("a name such as %s", (name) => {
  it("is a run like any other, over a restart of the watchdog too", () => {
    const target = new Target(ADDRESS);
    target.record({ envelope: envelope(NOON, { runId: name }), seconds: 0 }, NOON, THRESHOLDS);
    const agents = JSON.parse(JSON.stringify(target.heldAgents()));
    const restored = new Target(ADDRESS, { agents, points: [] });
    const next = envelope(NOON + 1000, { runId: name });
    restored.record({ envelope: next, seconds: 0 }, NOON + 1000, THRESHOLDS);
    expect(restored.agents.map(({ verdict }) => [verdict.name, verdict.since])).toEqual([["gone", NOON]]);
    // One that was not there before has nothing to resume from.
    const empty = new Target(ADDRESS, { agents: {}, points: [] });
    expect(() => empty.record({ envelope: next, seconds: 0 }, NOON, THRESHOLDS)).not.toThrow();
  });

  it("is a model like any other", () => {
    const target = new Target(ADDRESS);
    for (const [minute, usd] of [1, 3].entries()) {
      const at = NOON + minute * 60_000;
      target.record({ envelope: envelope(at, { model: name, usd }), seconds: 0 }, at, THRESHOLDS);
    }
    expect(target.spend(NOON + 60_000).lastHourUsd).toBeCloseTo(2);
  });

  it("is told as a presence that nobody knows", () => {
    const target = new Target(ADDRESS);
    target.record({ envelope: envelope(NOON, { presence: name }), seconds: 0 }, NOON, THRESHOLDS);
    expect(target.agents[0]?.verdict.evidence).toBe(`the service reports its presence as "${name}"`);
  });
});

it("shows a target whose times no JSON can hold, without its envelope", () => {
  const target = new Target(ADDRESS);
  const broken = envelope(NOON);
  broken.generatedAt = { ...timestampFromMs(NOON), nanos: -1 };
  target.record({ envelope: broken, seconds: 0 }, NOON, THRESHOLDS);
  const shown = targetOf(target, [], THRESHOLDS, NOON);
  expect(shown.envelope).toBeUndefined();
  expect(shown.agents).toHaveLength(1);
});
