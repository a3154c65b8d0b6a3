/** What to hold of a run's readings until the next one comes. */
import { watch } from "./judge.ts";
import type { AgentReading } from "./reading.ts";
import type { JudgementThresholds } from "./thresholds.ts";

/**
 * The newest reading alone, with what all of them came to: `judge` answers over it, and over it and whatever follows, as
 * over the whole list. Its size does not grow with time. None for none.
 */
export function keep(
  readings: readonly AgentReading[],
  thresholds: JudgementThresholds,
): readonly AgentReading[] {
  const newest = readings.at(-1);
  return newest === undefined ? [] : [{ ...newest, state: watch(readings, thresholds) }];
}
