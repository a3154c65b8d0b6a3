/** Recorded runs of the suite at its real pace, judged again by the present code with the default thresholds. */
import { describe, expect, it } from "vitest";
import { cliScenarios } from "./clis.ts";
import { KNOWN_FAULTS } from "./known-faults.ts";
import { readSetup } from "./recording.ts";
import { replay } from "./replay.ts";
import { SCENARIOS } from "./scenarios.ts";

const folderOf = (name: string) => new URL(`./recorded/${name}/`, import.meta.url).pathname;

describe.each([
  { of: "scenarios", list: SCENARIOS },
  { of: "clis", list: cliScenarios("") },
])("the recorded $of", ({ of, list }) => {
  const folder = folderOf(of);
  const assessments = replay(folder, list);

  it("have each scenario of the list", () => {
    expect(
      readSetup(folder)
        .parts.map(({ name }) => name)
        .sort(),
    ).toEqual(list.map(({ name }) => name).sort());
  });

  it.each(assessments.map((one) => ({ ...one, ...one.label })))("$name: $truth", ({ name, faults, last }) => {
    expect(faults, last.verdict.evidence).toEqual(KNOWN_FAULTS[name] ?? []);
  });
});
