import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { judge, keep } from "../../watchdog/judgement/judge.ts";
import type { AgentReading } from "../../watchdog/judgement/reading.ts";
import { DEFAULT_JUDGEMENT } from "../../watchdog/judgement/thresholds.ts";
import { ALARMING, assess, type DatedVerdict } from "./assess.ts";
import { report } from "./report.ts";
import { SCENARIOS } from "./scenarios.ts";
import { readTrace, type Trace } from "./trace.ts";

const FOLDER = new URL("./traces/", import.meta.url).pathname;
const TRACES = readdirSync(FOLDER)
  .sort()
  .map((file) => readTrace(FOLDER + file));

/** The longest threshold that a verdict of each name waits for, in seconds; others come with the first readings. */
const THRESHOLDS: Readonly<Record<string, number>> = {
  hung: DEFAULT_JUDGEMENT.hungSeconds,
  spinning: DEFAULT_JUDGEMENT.spinningSeconds,
  orphaned: DEFAULT_JUDGEMENT.orphanedSeconds,
};
const SLACK_SECONDS = 60;

/** Held against the truth as if the watchdog had read it, with the default thresholds. */
function replay({ label, holdsFrom, readings }: Trace) {
  let kept: readonly AgentReading[] = [];
  const verdicts: DatedVerdict[] = readings.map((reading) => {
    kept = keep([...kept, reading], DEFAULT_JUDGEMENT);
    return { at: reading.at, verdict: judge(kept, DEFAULT_JUDGEMENT) };
  });
  return { scenario: label, ...assess(label, holdsFrom, verdicts) };
}

describe("traces of real processes at their real pace, replayed", () => {
  it("are there for each scenario", () => {
    const names = TRACES.map(({ label }) => label.name);
    expect(names).toEqual(expect.arrayContaining(SCENARIOS.map(({ name }) => name)));
  });

  it.each(TRACES.map((trace) => ({ ...trace, ...trace.label })))("$name: $truth", (trace) => {
    const { truth, also = [] } = trace.label;
    const { secondsToVerdict, falseAlarms, last } = replay(trace);
    expect(falseAlarms).toEqual([]);
    expect([truth, ...also]).toContain(last.name);
    if (ALARMING.has(truth)) {
      expect(secondsToVerdict).toBeLessThanOrEqual((THRESHOLDS[truth] ?? 0) + SLACK_SECONDS);
    }
  });

  it("come to the table in the documentation", () => {
    const documentation = readFileSync(new URL("../../docs/hung-or-busy.md", import.meta.url), "utf8");
    expect(documentation).toContain(report(TRACES.map(replay)));
  });
});
