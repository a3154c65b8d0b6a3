/** Envelopes that a target may send by mistake or on purpose. They are accepted, judged and shown. */
import { create } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { describe, expect, it } from "vitest";
import { GetMetricsResponseSchema } from "../../client/index.ts";
import { thresholdsOf } from "../../watchdog/config/thresholds.ts";
import { evaluate } from "../../watchdog/rules/evaluate.ts";
import { targetOf } from "../../watchdog/server/views.ts";
import { boundEnvelope } from "../../watchdog/targets/bounded-envelope.ts";
import { createRunLog } from "../../watchdog/targets/run-log.ts";
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

/** Properties of every JavaScript object. */
describe.each(["__proto__", "constructor"])("a name such as %s", (name) => {
  it("is an ordinary run, also after a restart of the watchdog", () => {
    const target = new Target(ADDRESS);
    target.record({ envelope: envelope(NOON, { runId: name }), seconds: 0 }, NOON, THRESHOLDS);
    const agents = JSON.parse(JSON.stringify(target.heldAgents()));
    const restored = new Target(ADDRESS, { agents, points: [] });
    const next = envelope(NOON + 1000, { runId: name });
    restored.record({ envelope: next, seconds: 0 }, NOON + 1000, THRESHOLDS);
    expect(restored.agents.map(({ agent: { verdict } }) => [verdict.name, verdict.since])).toEqual([
      ["gone", NOON],
    ]);
    // A run that is new has nothing to resume from.
    const empty = new Target(ADDRESS, { agents: {}, points: [] });
    expect(() => empty.record({ envelope: next, seconds: 0 }, NOON, THRESHOLDS)).not.toThrow();
  });

  it("is an ordinary model", () => {
    const target = new Target(ADDRESS);
    for (const [minute, usd] of [1, 3].entries()) {
      const at = NOON + minute * 60_000;
      target.record({ envelope: envelope(at, { model: name, usd }), seconds: 0 }, at, THRESHOLDS);
    }
    expect(target.spend(NOON + 60_000).lastHourUsd).toBeCloseTo(2);
  });

  it("is an unknown presence", () => {
    const target = new Target(ADDRESS);
    target.record({ envelope: envelope(NOON, { presence: name }), seconds: 0 }, NOON, THRESHOLDS);
    expect(target.agents[0]?.agent.verdict.evidence).toBe(`the service reports its presence as "${name}"`);
  });
});

it("a target with times that JSON cannot hold is shown without its envelope", () => {
  const target = new Target(ADDRESS);
  const broken = envelope(NOON);
  broken.generatedAt = { ...timestampFromMs(NOON), nanos: -1 };
  target.record({ envelope: broken, seconds: 0 }, NOON, THRESHOLDS);
  const shown = targetOf(target, [], THRESHOLDS, NOON);
  expect(shown.envelope).toBeUndefined();
  expect(shown.agents).toHaveLength(1);
});

it("a long name is not cut within a character, since URLs cannot contain half of one", () => {
  for (const runId of ["😀".repeat(600), `a${"😀".repeat(600)}`]) {
    const [run] = boundEnvelope(envelope(NOON, { runId })).agents?.running ?? [];
    expect(run?.runId).toMatch(/^a?(😀)+…$/u);
    expect(run?.runId.isWellFormed()).toBe(true);
  }
});

it("a time that cannot be a date is unknown", () => {
  const target = new Target(ADDRESS);
  const openedAt = { seconds: -9_000_000_000_000_000n, nanos: 0 };
  const message = create(GetMetricsResponseSchema, {
    generatedAt: timestampFromMs(NOON),
    queue: { breakers: { items: [{ name: "api", state: "open", openedAt }] } },
  });
  target.record({ envelope: message, seconds: 0 }, NOON, THRESHOLDS);
  expect(evaluate(target, THRESHOLDS, NOON).get("breaker-open")).toMatchObject([{ since: undefined }]);
});

describe.each([
  ["three hours ahead", 180],
  ["three hours behind", -180],
  ["right", 0],
])("a service whose clock is %s", (_name, minutesAhead) => {
  const HOUR = 3_600_000;
  const theirs = (at: number) => timestampFromMs(at + minutesAhead * 60_000);

  function read(target: Target, at: number) {
    const message = create(GetMetricsResponseSchema, {
      schemaVersion: 1,
      generatedAt: theirs(at),
      sourceEpoch: "e",
      queue: {
        gates: { items: [{ scope: "g", acquiredAt: theirs(NOON - HOUR / 2) }] },
        breakers: { items: [{ name: "api", state: "open", openedAt: theirs(NOON - HOUR / 2) }] },
      },
      agents: {
        running: [{ runId: "1", presence: "gone", startedAt: theirs(NOON - HOUR) }],
        finished: [{ runId: "2", startedAt: theirs(NOON - HOUR), finishedAt: theirs(NOON - HOUR / 2) }],
      },
    });
    // The answers do not take equally long.
    target.record({ envelope: message, seconds: 0.1 }, at + (at % 50), THRESHOLDS);
    return message;
  }

  it("is shown with the watchdog's times", () => {
    const target = new Target(ADDRESS);
    read(target, NOON);
    const message = read(target, NOON + 15_015);
    expect(targetOf(target, [], THRESHOLDS, NOON).agents).toMatchObject([{ verdict: { since: NOON } }]);
    const found = evaluate(target, THRESHOLDS, NOON + 15_015);
    expect(found.get("gate-held")).toEqual([]);
    expect(found.get("breaker-open")).toMatchObject([{ since: NOON - HOUR / 2 }]);
    const runs = createRunLog().changes(message, NOON + 15_030);
    expect(runs.map(({ startedAt = 0, at }) => at - startedAt)).toEqual([HOUR + 15_030, HOUR / 2]);
  });
});
