/** A runtime whose threads wake each other: it moves counters without doing anything. */

/** An eventfd(2) is written and read eight bytes at a time. */
const EVENTFD_BYTES = 8;

export interface Moved {
  readonly switches: number;
  /** Read and written. */
  readonly chars: number;
}

/**
 * How often it woke itself: as much read as written, eight bytes each time, each with a switch. An idle Node process
 * does so every few seconds when its heap wants to be made smaller. A stream reads more than it writes.
 */
function ownWakes({ switches, chars }: Moved, written: number): number {
  const wakes = written / EVENTFD_BYTES;
  return Number.isInteger(wakes) && wakes >= 0 && chars === 2 * written && switches >= wakes ? wakes : 0;
}

export function minusEventfdWakeups(moved: Moved, written: number): Moved {
  const wakes = ownWakes(moved, written);
  return { switches: moved.switches - wakes, chars: moved.chars - 2 * EVENTFD_BYTES * wakes };
}
