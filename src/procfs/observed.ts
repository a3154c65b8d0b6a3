/** From a process's own figures and its descendants' to what is told of it. */
import type { DescendantTotals, Observation } from "./process.ts";
import type { ProcessSample } from "./samples.ts";

/** An observation, and what it was made of. */
export interface Observed {
  readonly observation: Observation;
  readonly sample: ProcessSample;
  readonly startedAtMs: number | null;
  readonly descendants: readonly ProcessSample[];
}

/** The last one itself where nothing changed, so that whoever made something of it can keep that. */
export function unlessSame(
  last: Observed | undefined,
  sample: ProcessSample,
  startedAtMs: number | null,
  descendants: readonly ProcessSample[],
  pageBytes: number,
): Observed {
  const isSame =
    last?.sample === sample &&
    last.startedAtMs === startedAtMs &&
    last.descendants.length === descendants.length &&
    last.descendants.every((descendant, index) => descendant === descendants[index]);
  if (isSame) return last;
  const observation: Observation = {
    presence: sample.state === "Z" ? "zombie" : "running",
    process: {
      state: sample.state,
      startTicks: sample.startTicks,
      startedAtMs,
      userTicks: sample.userTicks,
      systemTicks: sample.systemTicks,
      reapedChildrenTicks: sample.reapedChildrenTicks,
      threads: sample.threads,
      residentMemoryBytes: sample.residentPages * pageBytes,
      voluntaryContextSwitches: sample.voluntaryContextSwitches,
      readChars: sample.readChars,
      writeChars: sample.writeChars,
      descendants: sum(descendants, pageBytes),
    },
  };
  return { observation, sample, startedAtMs, descendants };
}

function sum(descendants: readonly ProcessSample[], pageBytes: number): DescendantTotals {
  let ticks = 0;
  let residentPages = 0;
  let voluntaryContextSwitches: number | null = 0;
  let readChars: number | null = 0;
  let writeChars: number | null = 0;
  for (const one of descendants) {
    ticks += one.userTicks + one.systemTicks + one.reapedChildrenTicks;
    residentPages += one.residentPages;
    voluntaryContextSwitches = addKnown(voluntaryContextSwitches, one.voluntaryContextSwitches);
    readChars = addKnown(readChars, one.readChars);
    writeChars = addKnown(writeChars, one.writeChars);
  }
  return {
    processes: descendants.length,
    ticks,
    residentMemoryBytes: residentPages * pageBytes,
    voluntaryContextSwitches,
    readChars,
    writeChars,
  };
}

/** A sum that misses one of its terms is unknown. */
function addKnown(sum: number | null, term: number | null): number | null {
  return sum === null || term === null ? null : sum + term;
}
