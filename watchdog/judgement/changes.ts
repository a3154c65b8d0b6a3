/** The changes between two samples of one run, and whether the samples can be compared. */
import type { LogSample, ProcessSample, Sample } from "./sample.ts";
import type { JudgementThresholds } from "./thresholds.ts";

export const NO_CHANGES = {
  milliseconds: 0,
  ownTicks: 0,
  /** Of children, reaped or living. */
  childTicks: 0,
  /** Of the agent's own process. */
  switches: 0,
  /** Of the whole tree. */
  treeSwitches: 0,
  writtenChars: 0,
  storageBytes: 0,
};

/** A change is 0 if one of the samples lacks the figure, or if it fell: a thread or a descendant ended. */
export type Changes = Readonly<typeof NO_CHANGES>;

/** Returns why the two samples cannot be compared, or undefined if they can. */
export function incomparable(
  before: Sample,
  after: Sample,
  thresholds: JudgementThresholds,
): string | undefined {
  if (before.bootId !== after.bootId) return "the machine was restarted";
  if (before.sourceEpoch !== after.sourceEpoch) return "the orchestrator's database was replaced";
  if (before.clkTck !== after.clkTck) return "the length of a clock tick changed";
  if (before.pid !== after.pid) return `the run has a new process, ${after.pid ?? "none"}`;
  if (after.at < before.at) return "the clock was set back";
  const gap = (after.at - before.at) / 1000;
  if (gap > thresholds.max_gap_seconds) return `nothing was read for ${Math.round(gap)} s`;
  if (!before.process || !after.process) return "the process could not be read before";
  if (before.process.startTicks !== after.process.startTicks) return "the process was replaced";
  if (fell(before.process, after.process)) return "a counter went backwards";
  return undefined;
}

/** These only grow while a process lives: proc_pid_stat(5). */
function fell(before: ProcessSample, after: ProcessSample): boolean {
  return after.ownTicks < before.ownTicks || after.reapedTicks < before.reapedTicks;
}

/** Computes the changes between two comparable samples. */
export function changesBetween(before: Sample, after: Sample): Changes {
  const [was, is] = [before.process, after.process];
  if (!was || !is) return NO_CHANGES;
  const switches = grown(was.switches, is.switches);
  return {
    milliseconds: after.at - before.at,
    ownTicks: is.ownTicks - was.ownTicks,
    // When a child is reaped, its ticks move from one sum to the other.
    childTicks: Math.max(0, is.reapedTicks + is.descendantTicks - was.reapedTicks - was.descendantTicks),
    switches,
    treeSwitches: switches + grown(was.descendantSwitches, is.descendantSwitches),
    writtenChars: grown(was.writtenChars, is.writtenChars),
    storageBytes: grown(was.storageBytes, is.storageBytes),
  };
}

function grown(before: number | undefined, after: number | undefined): number {
  return before === undefined || after === undefined ? 0 : Math.max(0, after - before);
}

const NAMES = Object.keys(NO_CHANGES) as (keyof Changes)[];

export function add(a: Changes, b: Changes): Changes {
  const sum = { ...NO_CHANGES };
  for (const name of NAMES) sum[name] = a[name] + b[name];
  return sum;
}

/** Returns by how many bytes a log grew. A shrunken log was rotated or emptied and counts as new. Undefined: not written. */
export function logGrowth(before: LogSample | undefined, after: LogSample | undefined): number | undefined {
  if (!after) return undefined;
  if (!before) return after.bytes > 0 ? after.bytes : undefined;
  if (after.bytes < before.bytes) return after.bytes;
  return after.bytes > before.bytes || after.writtenAt !== before.writtenAt
    ? after.bytes - before.bytes
    : undefined;
}

/** Returns the cores that the ticks amount to, or 0 if the length of a tick is unknown. */
export function cores(ticks: number, { milliseconds }: Changes, { clkTck }: Sample): number {
  return milliseconds === 0 || clkTck === 0 ? 0 : (ticks / clkTck) * (1000 / milliseconds);
}

/** Returns the cores that the whole tree used. */
export function treeCores(changes: Changes, sample: Sample): number {
  return cores(changes.ownTicks + changes.childTicks, changes, sample);
}
