/** The verdict over one run's readings: a pure function. docs/hung-or-busy.md says what it can and cannot tell. */
import { connectionsIn } from "./cause.ts";
import { begin, extend, type Observed } from "./observed.ts";
import type { AgentReading, RunState } from "./reading.ts";
import { decide } from "./rules.ts";
import { sampleOf } from "./take-sample.ts";
import type { JudgementThresholds } from "./thresholds.ts";
import type { Verdict } from "./verdict.ts";

/**
 * What the newest of the readings shows together with those before it. They are of one run of one target, the oldest
 * first. Throws RangeError for none.
 */
export function judge(readings: readonly AgentReading[], thresholds: JudgementThresholds): Verdict {
  return stateOf(readings, thresholds).verdict;
}

/**
 * The newest reading alone, with what all of them came to: `judge` answers over it, and over it and whatever follows, as
 * over the whole list. Its size does not grow with time. None for none.
 */
export function keep(
  readings: readonly AgentReading[],
  thresholds: JudgementThresholds,
): readonly AgentReading[] {
  const newest = readings.at(-1);
  return newest === undefined ? [] : [{ ...newest, state: stateOf(readings, thresholds) }];
}

/** What the readings come to. The first may carry what those before it came to. */
function stateOf(readings: readonly AgentReading[], thresholds: JudgementThresholds): RunState {
  const [first, ...others] = readings;
  if (first === undefined) throw new RangeError("there is no reading to judge");
  return others.reduce(
    (state, reading) => follow(state, reading, thresholds),
    first.state ?? start(first, thresholds),
  );
}

function start(reading: AgentReading, thresholds: JudgementThresholds): RunState {
  const observed = begin(sampleOf(reading), thresholds);
  return withVerdict(observed, reading, decide(observed, undefined, thresholds));
}

function follow(state: RunState, reading: AgentReading, thresholds: JudgementThresholds): RunState {
  const observed = extend(state.observed, sampleOf(reading), thresholds);
  if (observed === state.observed) return state;
  return withVerdict(observed, reading, decide(observed, state.verdict, thresholds));
}

/**
 * What a run waits for after a person answered is not to blame for the time before. With a connection it may have been a turn
 * all the time.
 */
function withVerdict(observed: Observed, { at }: AgentReading, verdict: Verdict): RunState {
  const isNamed = verdict.name === "waiting_for_person" || verdict.name === "at_rest";
  const isPersons = isNamed && connectionsIn(observed) === 0;
  return { observed: isPersons ? { ...observed, personAt: at } : observed, verdict };
}
