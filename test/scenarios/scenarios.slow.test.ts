import { beforeAll, describe, expect, it } from "vitest";
import { requires } from "../support/requires.ts";
import type { Assessment } from "./assess.ts";
import { missing, SCENARIOS } from "./scenarios.ts";
import { runScenarios } from "./suite.ts";
import { SHORT } from "./timing.ts";

/** The scenarios that a busy machine does not affect. An endless loop may get too little CPU there. */
const CHOSEN = SCENARIOS.filter(({ short }) => short);

/** A process that nothing outside can wake is detected after 7.5 s here, and no other takes longer. */
const SECONDS = 20;

describe("the real watchdog judges the real process", () => {
  let assessments: ReadonlyMap<string, Assessment>;
  beforeAll(async () => {
    const startable = CHOSEN.filter((scenario) => missing(scenario).length === 0);
    const all = await runScenarios(startable, { ...SHORT, seconds: SECONDS });
    assessments = new Map(all.map((one) => [one.label.name, one]));
  }, 90_000);

  for (const scenario of CHOSEN) {
    const { name, truth, why } = scenario;
    const lacking = missing(scenario).join(", ");
    it(`${name}: ${truth} (${why})`, requires(lacking === "", lacking), () => {
      const { faults, last } = assessments.get(name) as Assessment;
      expect(faults, last.verdict.evidence).toEqual([]);
    });
  }
});
