/** Builds the report on a process from its samples and those of its descendants. */
import { isFrozen } from "./frozen.ts";
import type { ChildProcess, Connections, DescendantTotals, Observation } from "./process.ts";
import type { ProcessSample, Sampled } from "./samples.ts";
import { type KnownWaits, readWaits, terminalOf } from "./waits.ts";

/** How many descendants are reported individually. */
const YOUNGEST = 8;

/** One process of a tree. */
export interface Member extends Sampled {
  readonly pid: number;
  readonly folder: string;
  /** Of the same program. Undefined if they were not read yet. */
  waits: KnownWaits | undefined;
}

/** Builds the report on a process. Throws on resource exhaustion. */
export function observationOf(
  agent: Member,
  descendants: readonly Member[],
  more: {
    readonly startedAtMs: number | undefined;
    readonly connections: Connections | undefined;
    readonly pageBytes: number;
  },
): Observation {
  const { sample, folder } = agent;
  const { pageBytes, startedAtMs, connections } = more;
  return {
    presence: sample.state === "Z" ? "zombie" : "running",
    process: {
      ...sample,
      startedAtMs,
      connections,
      residentMemoryBytes: sample.residentPages * pageBytes,
      threadWaits: countBy(sample.waiting.map(({ kernelFunction }) => kernelFunction)),
      ...waitOf(agent),
      frozen: isFrozen(folder, sample),
      descendants: totalsOf(descendants, pageBytes),
    },
  };
}

/** Returns what the process waits for, and its terminal. */
function waitOf(member: Member) {
  member.waits = readWaits(member.folder, member, member.waits);
  const { wait, readsTerminal } = member.waits;
  return { wait, terminal: terminalOf(member.sample, readsTerminal) };
}

function totalsOf(descendants: readonly Member[], pageBytes: number): DescendantTotals {
  const samples = descendants.map(({ sample }) => sample);
  const sum = (figure: (one: ProcessSample) => number) =>
    samples.reduce((total, one) => total + figure(one), 0);
  const sumIfKnown = (
    figure: "voluntaryContextSwitches" | "readChars" | "writeChars" | "storageWriteBytes",
  ) => (samples.every((one) => one[figure] !== undefined) ? sum((one) => one[figure] ?? 0) : undefined);
  const youngest = descendants.toSorted((a, b) => b.sample.startTicks - a.sample.startTicks || b.pid - a.pid);
  return {
    processes: descendants.length,
    ticks: sum((one) => one.userTicks + one.systemTicks + one.reapedChildrenTicks),
    residentMemoryBytes: sum((one) => one.residentPages) * pageBytes,
    voluntaryContextSwitches: sumIfKnown("voluntaryContextSwitches"),
    readChars: sumIfKnown("readChars"),
    writeChars: sumIfKnown("writeChars"),
    storageWriteBytes: sumIfKnown("storageWriteBytes"),
    states: countBy(samples.map(({ state }) => state)),
    youngest: youngest.slice(0, YOUNGEST).map(childOf),
  };
}

function childOf(child: Member): ChildProcess {
  const { name, program, state, startTicks } = child.sample;
  return { pid: child.pid, name, program, state, startTicks, ...waitOf(child) };
}

function countBy(words: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const word of words) counts[word] = (counts[word] ?? 0) + 1;
  return counts;
}
