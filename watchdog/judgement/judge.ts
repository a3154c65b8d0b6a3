/** The verdict over one run's readings: a pure function. docs/hung-or-busy.md says what it can and cannot tell. */
import { begin, extend } from "./observed.ts";
import type { AgentReading } from "./reading.ts";
import { decide } from "./rules.ts";
import { sampleOf } from "./take-sample.ts";
import type { JudgementThresholds } from "./thresholds.ts";
import type { Verdict } from "./verdict.ts";
import type { Watched } from "./watched.ts";

/**
 * What the newest of the readings shows together with those before it. They are of one run of one target, the oldest
 * first. Throws RangeError for none.
 */
export function judge(readings: readonly AgentReading[], thresholds: JudgementThresholds): Verdict {
  return watch(readings, thresholds).verdict;
}

/** What the readings come to. The first may carry what those before it came to. */
export function watch(readings: readonly AgentReading[], thresholds: JudgementThresholds): Watched {
  const [first, ...others] = readings;
  if (first === undefined) throw new RangeError("there is no reading to judge");
  return others.reduce(
    (watched, reading) => follow(watched, reading, thresholds),
    first.watched ?? start(first, thresholds),
  );
}

function start(reading: AgentReading, thresholds: JudgementThresholds): Watched {
  const observed = begin(sampleOf(reading), thresholds);
  return { observed, verdict: decide(observed, undefined, thresholds) };
}

function follow(watched: Watched, reading: AgentReading, thresholds: JudgementThresholds): Watched {
  const observed = extend(watched.observed, sampleOf(reading), thresholds);
  if (observed === watched.observed) return watched;
  return { observed, verdict: decide(observed, watched.verdict, thresholds) };
}
