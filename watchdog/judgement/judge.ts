/** The verdict over the readings of one run: a pure function. docs/hung-or-busy.md describes what it can and cannot tell. */
import { defined } from "../defined.ts";
import { connectionsIn } from "./cause.ts";
import { foreignProcessIn } from "./identity.ts";
import { type Observed, observe } from "./observed.ts";
import type { AgentReading } from "./reading.ts";
import { decide } from "./rules.ts";
import { type Sample, sampleOf } from "./sample.ts";
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
  const seen = observe(state?.observed, sample, thresholds);
  const observed = withFacts(seen, state?.observed.newest, sample, thresholds);
  return withVerdict(observed, decide(observed, state?.verdict, thresholds));
}

/** Adds what a reading shows by itself: whose process it is, whether it lives, and whether its task is finished. */
function withFacts(
  observed: Observed,
  last: Sample | undefined,
  sample: Sample,
  thresholds: JudgementThresholds,
): Observed {
  const { finishedSince: known } = observed;
  const foreign = foreignProcessIn(observed, last, sample, thresholds);
  const finishedSince =
    sample.taskFinished === false ? undefined : (known ?? (sample.taskFinished ? sample.at : undefined));
  const aliveAt = sample.presence === "running" ? sample.at : observed.aliveAt;
  const goneFrom = sample.presence === "gone" ? (observed.goneFrom ?? sample.at) : undefined;
  return defined({ ...observed, aliveAt, goneFrom, foreign, finishedSince });
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
