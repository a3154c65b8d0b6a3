/** The verdict over one run's readings, one after the other: a pure function. docs/hung-or-busy.md says what it can and cannot tell. */
import { connectionsIn } from "./cause.ts";
import { begin, extend, type Observed } from "./observed.ts";
import type { AgentReading, RunState } from "./reading.ts";
import { decide } from "./rules.ts";
import { sampleOf } from "./take-sample.ts";
import type { JudgementThresholds } from "./thresholds.ts";
import type { Verdict } from "./verdict.ts";

/**
 * What a run's readings come to with one more: `state` is what those before it came to, undefined for the first. Its size does
 * not grow with time. They are of one run of one target, the oldest first.
 */
export function judge(
  state: RunState | undefined,
  reading: AgentReading,
  thresholds: JudgementThresholds,
): RunState {
  if (!state) {
    const observed = begin(sampleOf(reading), thresholds);
    return withVerdict(observed, reading, decide(observed, undefined, thresholds));
  }
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
