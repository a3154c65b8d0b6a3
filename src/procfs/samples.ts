/** Samples a process's own figures from `stat`, `io` and its threads' `status` and `wchan`. Reads them again only if it ran. */

import type { ProcessReading } from "./process.ts";
import { countOf, type ProcessFiles } from "./process-files.ts";
import { readProgram } from "./program.ts";
import { type ProcessStat, parseStat } from "./stat.ts";
import {
  areKept,
  haveRun,
  livingThread,
  RUNNING,
  readThreads,
  runDelay,
  shownWaits,
  type Thread,
} from "./threads.ts";

type Figure =
  | "program"
  | "voluntaryContextSwitches"
  | "readChars"
  | "writeChars"
  | "storageWriteBytes"
  | "runDelaySeconds";

export interface ProcessSample extends ProcessStat, Pick<ProcessReading, Figure> {
  /** The main thread first. Empty if the kernel does not show what they wait for. */
  readonly waiting: readonly Thread[];
}

export interface Sampled {
  readonly sample: ProcessSample;
  /** Whether it ran since the previous reading. */
  readonly hasRun: boolean;
  /** Undefined if they do not show whether the process ran. */
  readonly threads: readonly Thread[] | undefined;
  /** The `stat` of the process, or of a thread that survives its first one. */
  readonly livingStat: string;
}

/** Whether it is the same process, and runs the same program. */
export function isSame(one: ProcessStat | undefined, other: ProcessStat): boolean {
  return one?.startTicks === other.startTicks && one.name === other.name;
}

/** `before` is the previous reading. Throws the system's error if the process cannot be read. */
export function readSample(files: ProcessFiles, folder: string, before?: Sampled): Sampled {
  if (before?.threads && !haveRun(files, before.threads)) return asBefore(files, before);
  // Read first, so that whatever runs from here on differs the next time.
  const threads = readThreads(files, folder, before?.threads);
  const stat = parseStat(files.read(`${folder}/stat`));
  const [living, own] = stat.state === "Z" ? livingThread(files, threads) : [folder, stat];
  const { state, residentPages } = own ?? stat;
  const io = files.readIfAny(`${folder}/io`);
  const switches = threads.map((thread) => thread.switches).filter((count) => count !== undefined);
  const sample: ProcessSample = {
    ...stat,
    state,
    residentPages,
    program: before && isSame(before.sample, stat) ? before.sample.program : readProgram(folder),
    voluntaryContextSwitches:
      switches.length === 0 ? undefined : switches.reduce((sum, count) => sum + count),
    // proc_pid_io(5): readable only with permission to trace the process.
    readChars: countOf(io, "rchar"),
    writeChars: countOf(io, "wchar"),
    storageWriteBytes: countOf(io, "write_bytes"),
    runDelaySeconds: runDelay(threads),
    waiting: shownWaits(threads, state, io !== ""),
  };
  // A thread that is on a processor may continue without a change in its figures. It shows no wait, like one that
  // cannot be read.
  const isRunning =
    state === "R" || (io !== "" && threads.some(({ kernelFunction }) => kernelFunction === RUNNING));
  const isShown = areKept(threads) && !isRunning;
  return { sample, hasRun: true, threads: isShown ? threads : undefined, livingStat: `${living}/stat` };
}

/** While a process does not run, only the kernel changes its memory, and others its terminal's foreground. */
function asBefore(files: ProcessFiles, before: Sampled): Sampled {
  const { residentPages, foregroundGroup } = parseStat(files.read(before.livingStat));
  return { ...before, hasRun: false, sample: { ...before.sample, residentPages, foregroundGroup } };
}
