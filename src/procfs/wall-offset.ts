/**
 * How far the wall clock is ahead of the monotonic one, in milliseconds. It stays the very same number until somebody
 * sets the wall clock, or the machine slept: so it turns a wall time into one that no step of the clock moves, and back.
 */

/** Both clocks are read to the millisecond, one after the other. */
const NOISE_MILLISECONDS = 2;

let known = Date.now() - performance.now();

export function wallOffset(): number {
  const before = performance.now();
  const offset = Date.now() - before;
  // Interrupted between the two, it cannot be told.
  const isSure = performance.now() - before < 1;
  if (isSure && Math.abs(offset - known) > NOISE_MILLISECONDS) known = offset;
  return known;
}
