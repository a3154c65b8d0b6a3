import { beforeAll, describe, expect, it } from "vitest";
import { SCENARIOS } from "./scenarios.ts";
import { type Outcome, runScenarios } from "./suite.ts";
import { SHORT } from "./timing.ts";

describe("real processes, each with the truth about it", () => {
  let outcomes: readonly Outcome[];
  beforeAll(async () => {
    outcomes = await runScenarios(SCENARIOS, SHORT);
  }, 90_000);

  it.each(SCENARIOS.map((scenario, index) => ({ ...scenario, index })))("$name: $truth", ({ index }) => {
    const { scenario, secondsToVerdict, last, falseAlarms } = outcomes[index] as Outcome;
    expect(falseAlarms).toEqual([]);
    expect(secondsToVerdict, last.evidence).toBeDefined();
    expect([scenario.truth, ...(scenario.also ?? [])], last.evidence).toContain(last.name);
  });
});
