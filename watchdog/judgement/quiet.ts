/** How much moved: next to nothing, something that leaves a trace, or how many cores' worth. */
import type { Changes } from "./changes.ts";
import type { Sample } from "./sample.ts";
import type { JudgementThresholds } from "./thresholds.ts";

/** A burst of so much is a runtime's housekeeping: collecting garbage, a signal between two of its threads. */
const NOISE = { ticks: 1, switches: 4, chars: 64 };
const NOISE_PER_MINUTE = { ticks: 1, chars: 16 };

/** Whether all that moved is a runtime's housekeeping. */
export function isQuiet(changes: Changes, { quietSwitchesPerMinute }: JudgementThresholds): boolean {
  const minutes = changes.milliseconds / 60_000;
  const ticks = NOISE.ticks + NOISE_PER_MINUTE.ticks * minutes;
  const switches = NOISE.switches + quietSwitchesPerMinute * minutes;
  return (
    !changes.usage &&
    !changes.logWritten &&
    changes.threads === 0 &&
    changes.family === 0 &&
    Math.max(changes.ownTicks, changes.childTicks) <= ticks &&
    Math.max(changes.switches, changes.childSwitches) <= switches &&
    Math.max(changes.chars, changes.childChars) <= NOISE.chars + NOISE_PER_MINUTE.chars * minutes
  );
}

/** Whether it did something that leaves a trace, or a child anything at all. */
export function madeProgress(changes: Changes): boolean {
  const noiseTicks = NOISE.ticks + (NOISE_PER_MINUTE.ticks * changes.milliseconds) / 60_000;
  return (
    changes.usage ||
    changes.logWritten ||
    changes.family > 0 ||
    changes.chars > NOISE.chars ||
    changes.childChars > NOISE.chars ||
    changes.childTicks > noiseTicks
  );
}

/** Cores that the process itself used; 0 where the clock's ticks are not known. */
export function cores({ ownTicks, milliseconds }: Changes, { clkTck }: Sample): number {
  return milliseconds === 0 || clkTck === 0 ? 0 : (ownTicks / clkTck) * (1000 / milliseconds);
}
