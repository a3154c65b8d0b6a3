/** What moved between two samples of one run, and whether they can be compared at all. */
import type { ProcessSample, Sample } from "./sample.ts";
import type { JudgementThresholds } from "./thresholds.ts";
import { minusEventfdWakeups } from "./wakes.ts";

/** Absent: one of the two does not tell. Counts that fell are events: a thread or a descendant ended. */
export interface Changes {
  readonly milliseconds: number;
  readonly ownTicks: number;
  /** Of children, waited for or living. */
  readonly childTicks: number;
  /** Switches and characters are without a runtime's own waking. */
  readonly switches: number;
  readonly childSwitches: number;
  readonly chars: number;
  readonly childChars: number;
  /** Threads of its own that came or went. */
  readonly threads: number;
  /** Descendants that came or went; at least those that the sums tell of. */
  readonly family: number;
  readonly logBytes: number;
  /** Written, if only in place. */
  readonly logWritten: boolean;
  readonly usage: boolean;
}

export const NO_CHANGES: Changes = {
  milliseconds: 0,
  ownTicks: 0,
  childTicks: 0,
  switches: 0,
  childSwitches: 0,
  chars: 0,
  childChars: 0,
  threads: 0,
  family: 0,
  logBytes: 0,
  logWritten: false,
  usage: false,
};

/** Why no difference between the two means anything; undefined where it does. */
export function incomparable(
  before: Sample,
  after: Sample,
  thresholds: JudgementThresholds,
): string | undefined {
  if (before.bootId !== after.bootId) return "the machine was started anew";
  if (before.sourceEpoch !== after.sourceEpoch) return "the orchestrator's database was replaced";
  if (before.clkTck !== after.clkTck) return "the clock's ticks have another length";
  if (before.pid !== after.pid) return `the run has another process, ${after.pid ?? "none"}`;
  if (after.at < before.at) return "the clock was set back";
  const gap = (after.at - before.at) / 1000;
  if (gap > thresholds.maxGapSeconds) return `nothing was read for ${Math.round(gap)} s`;
  if (!before.process || !after.process) return "the process could not be read before";
  if (before.process.startTicks !== after.process.startTicks) return "the process is another one";
  if (fell(before.process, after.process)) return "a counter went backwards";
  return undefined;
}

/** Of one living process these only grow: proc_pid_stat(5), proc_pid_io(5). */
function fell(before: ProcessSample, after: ProcessSample): boolean {
  return (
    after.ownTicks < before.ownTicks ||
    after.reapedTicks < before.reapedTicks ||
    (after.chars ?? Number.POSITIVE_INFINITY) < (before.chars ?? 0)
  );
}

/** Of two that can be compared. */
export function changesBetween(before: Sample, after: Sample): Changes {
  const [was, is] = [before.process, after.process];
  if (!was || !is) return NO_CHANGES;
  const switches = difference(was.switches, is.switches);
  const childSwitches = difference(was.descendantSwitches, is.descendantSwitches);
  const childChars = difference(was.descendantChars, is.descendantChars);
  const ended = childSwitches < 0 || is.descendantTicks < was.descendantTicks ? 1 : 0;
  const own = minusEventfdWakeups(
    { switches: Math.max(0, switches), chars: difference(was.chars, is.chars) },
    difference(was.writtenChars, is.writtenChars),
  );
  const children = minusEventfdWakeups(
    { switches: Math.max(0, childSwitches), chars: Math.max(0, childChars) },
    difference(was.descendantWrittenChars, is.descendantWrittenChars),
  );
  const log = logChange(before.log, after.log);
  return {
    milliseconds: after.at - before.at,
    ownTicks: is.ownTicks - was.ownTicks,
    // A child that is waited for takes its ticks from the one sum to the other.
    childTicks: Math.max(0, is.reapedTicks + is.descendantTicks - was.reapedTicks - was.descendantTicks),
    switches: own.switches,
    childSwitches: children.switches,
    chars: own.chars,
    childChars: children.chars,
    threads: Math.max(Math.abs(is.threads - was.threads), switches < 0 ? 1 : 0),
    family: Math.max(Math.abs(is.descendants - was.descendants), ended),
    ...log,
    usage: (before.usage ?? []).join() !== (after.usage ?? []).join(),
  };
}

function difference(before: number | undefined, after: number | undefined): number {
  return before === undefined || after === undefined ? 0 : after - before;
}

function logChange(before: Sample["log"], after: Sample["log"]) {
  if (!after) return { logBytes: 0, logWritten: false };
  if (!before) return { logBytes: after.bytes, logWritten: true };
  // A log that shrank was rotated or emptied: that is writing too.
  const logBytes = Math.max(0, after.bytes - before.bytes);
  return { logBytes, logWritten: logBytes > 0 || after.writtenAt !== before.writtenAt };
}

export function add(a: Changes, b: Changes): Changes {
  return {
    milliseconds: a.milliseconds + b.milliseconds,
    ownTicks: a.ownTicks + b.ownTicks,
    childTicks: a.childTicks + b.childTicks,
    switches: a.switches + b.switches,
    childSwitches: a.childSwitches + b.childSwitches,
    chars: a.chars + b.chars,
    childChars: a.childChars + b.childChars,
    threads: a.threads + b.threads,
    family: a.family + b.family,
    logBytes: a.logBytes + b.logBytes,
    logWritten: a.logWritten || b.logWritten,
    usage: a.usage || b.usage,
  };
}
