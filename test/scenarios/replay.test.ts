/**
 * Judges recorded runs of the suite at its real pace again, with the current code and the default thresholds.
 */
import { readdirSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { cliScenarios } from "./clis.ts";
import { KNOWN_FAULTS } from "./known-faults.ts";
import { readSetup } from "./recording.ts";
import { replay } from "./replay.ts";
import { SCENARIOS } from "./scenarios.ts";

const RECORDED = new URL("./recorded/", import.meta.url).pathname;
const LIST = [...SCENARIOS, ...cliScenarios("")];

describe.each(readdirSync(RECORDED))("the replayed recording %s", (name) => {
  const assessments = replay(RECORDED + name, LIST);

  it("has only listed scenarios", () => {
    expect(assessments.map(({ label }) => label.name)).toEqual(
      readSetup(RECORDED + name).parts.map((part) => part.name),
    );
  });

  it.each(assessments.map((one) => ({ ...one, ...one.label })))("$name: $truth", ({ name, faults, last }) => {
    expect(faults, last.verdict.evidence).toEqual(KNOWN_FAULTS[name] ?? []);
  });
});
