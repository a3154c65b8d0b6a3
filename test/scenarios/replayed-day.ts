/** Replays an accelerated day of a mixed fleet, and returns what was wrong. */
import { expect } from "vitest";
import type { RunState } from "../../watchdog/judgement/judge.ts";
import { judge } from "../../watchdog/judgement/judge.ts";
import { DEFAULT_JUDGEMENT, type JudgementThresholds } from "../../watchdog/judgement/thresholds.ts";
import type { VerdictName } from "../../watchdog/judgement/verdict.ts";
import { type Incident, simulateDay } from "./fleet.ts";
import { LATEST_SECONDS } from "./scenario.ts";

const AGENTS = 20;
const SLACK_SECONDS = 60;
/** Verdicts that notify a person, whatever the agent does. */
const ALARMING: ReadonlySet<VerdictName> = new Set<VerdictName>([
  ...(["spinning", "hung", "stopped", "zombie", "gone", "orphaned", "pid_reused"] as const),
]);

interface Day {
  readonly incidents: ReadonlySet<Incident>;
  readonly falseAlarms: readonly string[];
  /** Incidents without a verdict, or with a wrong one, after their threshold and the tolerance. */
  readonly late: readonly string[];
}

/** With `toFirst` it stops at the first false alarm. */
export function replay(seed: number, thresholds: JudgementThresholds, toFirst = false): Day {
  const states = new Map<string, RunState>();
  const incidents = new Set<Incident>();
  const falseAlarms: string[] = [];
  const late: string[] = [];
  for (const { seconds, unbrokenSince, agents } of simulateDay(AGENTS, seed)) {
    if (toFirst && falseAlarms.length > 0) break;
    for (const { run, reading, incident } of agents) {
      const state = judge(states.get(run), reading, thresholds);
      states.set(run, state);
      const { name, evidence } = state.verdict;
      const words = `${seconds} s: ${run}: ${name}: ${evidence}`;
      if (ALARMING.has(name) && name !== incident?.truth) falseAlarms.push(words);
      if (!incident) continue;
      incidents.add(incident);
      const due = Math.max(incident.since, unbrokenSince) + LATEST_SECONDS[incident.cause] + SLACK_SECONDS;
      if (seconds > due && name !== incident.truth) late.push(words);
    }
  }
  return { incidents, falseAlarms, late };
}

export function expectGoodDay(seed: number): void {
  const { incidents, falseAlarms, late } = replay(seed, DEFAULT_JUDGEMENT);
  expect(falseAlarms.slice(0, 3)).toEqual([]);
  expect(late.slice(0, 3)).toEqual([]);
  expect(incidents.size).toBeGreaterThan(40);
}
