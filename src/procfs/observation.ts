/** Builds the report on a process from its samples and those of its descendants. */
import type { connectionReader } from "./connections.ts";
import { isFrozen } from "./frozen.ts";
import type { ChildProcess, DescendantTotals, Observation } from "./process.ts";
import type { ProcessSample } from "./samples.ts";
import { terminalOf, type waitReader } from "./waits.ts";

/** How many descendants are reported individually. */
const YOUNGEST = 8;

/** One process of a tree. */
export interface Member {
  readonly pid: number;
  readonly folder: string;
  readonly sample: ProcessSample;
  readonly hasRun: boolean;
}

interface Readers {
  readonly waits: ReturnType<typeof waitReader>;
  readonly connections: ReturnType<typeof connectionReader>;
  readonly pageBytes: number;
}

/** Returns what the process waits for, and its terminal. */
function waitOf({ waits }: Readers, { folder, sample, hasRun }: Member) {
  const { wait, readsTerminal } = waits.read(folder, sample, hasRun);
  return { wait, terminal: terminalOf(sample, readsTerminal) };
}

function childOf(readers: Readers, child: Member): ChildProcess {
  const { pid, sample } = child;
  const { name, program, state, startTicks } = sample;
  return { pid, name, program, state, startTicks, ...waitOf(readers, child) };
}

/** Builds the report on a process. */
export function observationOf(
  readers: Readers,
  agent: Member,
  startedAtMs: number | null,
  descendants: readonly Member[],
): Observation {
  const { sample } = agent;
  const tree = [agent, ...descendants];
  const youngest = descendants.toSorted((a, b) => b.sample.startTicks - a.sample.startTicks || b.pid - a.pid);
  return {
    presence: sample.state === "Z" ? "zombie" : "running",
    process: {
      state: sample.state,
      name: sample.name,
      program: sample.program,
      startTicks: sample.startTicks,
      startedAtMs,
      userTicks: sample.userTicks,
      systemTicks: sample.systemTicks,
      reapedChildrenTicks: sample.reapedChildrenTicks,
      threads: sample.threads,
      residentMemoryBytes: sample.residentPages * readers.pageBytes,
      voluntaryContextSwitches: sample.voluntaryContextSwitches,
      readChars: sample.readChars,
      writeChars: sample.writeChars,
      storageWriteBytes: sample.storageWriteBytes,
      runDelaySeconds: sample.runDelaySeconds,
      threadWaits: countBy(sample.threadWaits.map(({ kernelFunction }) => kernelFunction)),
      ...waitOf(readers, agent),
      connections: readers.connections.read(
        tree.map(({ folder }) => folder),
        `${agent.pid} ${sample.startTicks}`,
        tree.some(({ hasRun }) => hasRun),
      ),
      frozen: isFrozen(agent.folder, sample),
      descendants: {
        ...sum(
          descendants.map((descendant) => descendant.sample),
          readers.pageBytes,
        ),
        youngest: youngest.slice(0, YOUNGEST).map((child) => childOf(readers, child)),
      },
    },
  };
}

function sum(descendants: readonly ProcessSample[], pageBytes: number): Omit<DescendantTotals, "youngest"> {
  let ticks = 0;
  let residentPages = 0;
  let voluntaryContextSwitches: number | null = 0;
  let readChars: number | null = 0;
  let writeChars: number | null = 0;
  let storageWriteBytes: number | null = 0;
  for (const one of descendants) {
    ticks += one.userTicks + one.systemTicks + one.reapedChildrenTicks;
    residentPages += one.residentPages;
    voluntaryContextSwitches = addKnown(voluntaryContextSwitches, one.voluntaryContextSwitches);
    readChars = addKnown(readChars, one.readChars);
    writeChars = addKnown(writeChars, one.writeChars);
    storageWriteBytes = addKnown(storageWriteBytes, one.storageWriteBytes);
  }
  return {
    processes: descendants.length,
    ticks,
    residentMemoryBytes: residentPages * pageBytes,
    voluntaryContextSwitches,
    readChars,
    writeChars,
    storageWriteBytes,
    states: countBy(descendants.map(({ state }) => state)),
  };
}

function countBy(words: readonly string[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const word of words) counts[word] = (counts[word] ?? 0) + 1;
  return counts;
}

/** A sum with an unknown term is unknown. */
function addKnown(sum: number | null, term: number | null): number | null {
  return sum === null || term === null ? null : sum + term;
}
