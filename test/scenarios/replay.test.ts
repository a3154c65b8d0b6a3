import { readdirSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { judge } from "../../watchdog/judgement/judge.ts";
import { keep } from "../../watchdog/judgement/keep.ts";
import type { AgentReading } from "../../watchdog/judgement/reading.ts";
import { DEFAULT_JUDGEMENT } from "../../watchdog/judgement/thresholds.ts";
import { ALARMING, assess, type DatedVerdict } from "./assess.ts";
import { SCENARIOS } from "./scenarios.ts";
import { readTrace } from "./trace.ts";

const FOLDER = new URL("./traces/", import.meta.url).pathname;
const TRACES = readdirSync(FOLDER).map((file) => readTrace(FOLDER + file));

/** The longest threshold that a verdict of each name waits for, in seconds; others come with the first readings. */
const THRESHOLDS: Readonly<Record<string, number>> = {
  hung: DEFAULT_JUDGEMENT.hungSeconds,
  spinning: DEFAULT_JUDGEMENT.spinningSeconds,
  orphaned: DEFAULT_JUDGEMENT.orphanedSeconds,
};
const SLACK_SECONDS = 60;

describe("traces of real processes at their real pace, replayed", () => {
  it("are there for each scenario", () => {
    const names = TRACES.map(({ label }) => label.name);
    expect(names).toEqual(expect.arrayContaining(SCENARIOS.map(({ name }) => name)));
  });

  it.each(TRACES.map((trace) => ({ ...trace, ...trace.label })))("$name: $truth", (trace) => {
    const { label, holdsFrom, readings } = trace;
    let kept: readonly AgentReading[] = [];
    const verdicts: DatedVerdict[] = readings.map((reading) => {
      kept = keep([...kept, reading], DEFAULT_JUDGEMENT);
      return { at: reading.at, verdict: judge(kept, DEFAULT_JUDGEMENT) };
    });
    const { secondsToVerdict, falseAlarms, last } = assess(label, holdsFrom, verdicts);
    expect(falseAlarms).toEqual([]);
    expect([label.truth, ...(label.also ?? [])]).toContain(last.name);
    if (ALARMING.has(label.truth)) {
      expect(secondsToVerdict).toBeLessThanOrEqual((THRESHOLDS[label.truth] ?? 0) + SLACK_SECONDS);
    }
  });
});
