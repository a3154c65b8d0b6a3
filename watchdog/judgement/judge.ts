/** The verdict over the readings of one run: a pure function. docs/hung-or-busy.md describes what it can and cannot tell. */
import { connectionsIn } from "./cause.ts";
import { type Observed, observe } from "./observed.ts";
import type { AgentReading } from "./reading.ts";
import { decide } from "./rules.ts";
import { sampleOf } from "./sample.ts";
import type { JudgementThresholds } from "./thresholds.ts";
import type { Verdict } from "./verdict.ts";

/** The state over a run's readings. Plain data that can be stored as JSON. */
export interface RunState {
  readonly observed: Observed;
  readonly verdict: Verdict;
}

/**
 * Adds one reading of a run. `state` is the result of the readings before it, undefined for the first. Its size does not
 * grow with time. Readings must be of one run of one target, oldest first.
 */
export function judge(
  state: RunState | undefined,
  reading: AgentReading,
  thresholds: JudgementThresholds,
): RunState {
  const sample = sampleOf(reading);
  // A second reading of the same time has no effect.
  if (sample.at === state?.observed.newest.at) return state;
  const observed = observe(state?.observed, sample, thresholds);
  return withVerdict(observed, decide(observed, state?.verdict, thresholds));
}

/**
 * The time of a wait for a person does not count for the next cause. With a connection it may have been a turn all
 * the time.
 */
function withVerdict(observed: Observed, verdict: Verdict): RunState {
  const isNamed = verdict.name === "waiting_for_person" || verdict.name === "at_rest";
  const isPersons = isNamed && connectionsIn(observed) === 0;
  return { observed: isPersons ? { ...observed, personAt: observed.newest.at } : observed, verdict };
}
