import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { AgentReading } from "../../../watchdog/judgement/reading.ts";
import { DEFAULT_JUDGEMENT } from "../../../watchdog/judgement/thresholds.ts";
import { AT_FIRST, during, judgeAll, reading, type State } from "./readings.ts";

/** One step between readings: mostly small changes, sometimes one that makes them incomparable. */
const step = fc.record({
  seconds: fc.oneof(
    { weight: 9, arbitrary: fc.integer({ min: 0, max: 60 }) },
    fc.integer({ min: -60, max: 900 }),
  ),
  ticks: fc.oneof({ weight: 9, arbitrary: fc.constantFrom(0, 0, 1, 40, 1_500) }, fc.constant(-300)),
  switches: fc.constantFrom(0, 0, 1, 5, 300),
  chars: fc.constantFrom(0, 0, 8, 5_000),
  childTicks: fc.constantFrom(0, 0, 30, -30),
  log: fc.constantFrom(0, 0, 0, 80),
  tokens: fc.constantFrom(0, 0, 0, 10),
  change: fc.oneof(
    { weight: 30, arbitrary: fc.constant({}) },
    fc.constantFrom<Partial<State>[]>(
      { bootId: "another" },
      { sourceEpoch: "another" },
      { pid: 99 },
      { startTicks: 2_000_000 },
      { presence: "gone" },
      { presence: "running" },
      { taskFinished: true },
      { state: "T" },
      { state: "S" },
    ),
  ),
});

const readings: fc.Arbitrary<readonly AgentReading[]> = fc
  .array(step, { minLength: 2, maxLength: 120 })
  .map((steps) => {
    let state = AT_FIRST;
    return steps.map(({ change, ...moved }) => {
      const sums = Object.entries(moved).map(([key, by]) => [
        key,
        (state[key as keyof State] as number) + by,
      ]);
      state = { ...state, ...change, ...Object.fromEntries(sums) };
      return reading(state);
    });
  });

describe("the state kept between readings", () => {
  it("gives the same verdict, at whichever reading it goes through JSON", () => {
    fc.assert(
      fc.property(readings, fc.nat(), (all, cut) => {
        const at = 1 + (cut % (all.length - 1));
        const kept = judgeAll(all.slice(0, at), DEFAULT_JUDGEMENT);
        const restored = JSON.parse(JSON.stringify(kept));
        const whole = judgeAll(all, DEFAULT_JUDGEMENT);
        expect(judgeAll(all.slice(at), DEFAULT_JUDGEMENT, kept)).toEqual(whole);
        expect(judgeAll(all.slice(at), DEFAULT_JUDGEMENT, restored)).toEqual(whole);
      }),
    );
  });

  it("does not grow over time", () => {
    const sizeAfter = (seconds: number) => {
      const states = during(AT_FIRST, seconds, { ticks: 50, switches: 3 });
      return JSON.stringify(judgeAll(states.map(reading), DEFAULT_JUDGEMENT)).length;
    };
    expect(sizeAfter(86_400)).toBeLessThan(sizeAfter(3_600) * 1.05);
  });
});
