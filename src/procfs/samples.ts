/** Samples a process's own figures from `stat`, `io` and its threads' `status` and `wchan`. Reads them again only if it ran. */

import type { ProcessReading } from "./process.ts";
import { countOrNull, numberAfter, type ProcessFiles } from "./process-files.ts";
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
  type ThreadWait,
} from "./threads.ts";

type Figure =
  | "program"
  | "voluntaryContextSwitches"
  | "readChars"
  | "writeChars"
  | "storageWriteBytes"
  | "runDelaySeconds";

export interface ProcessSample extends ProcessStat, Pick<ProcessReading, Figure> {
  /** The main thread first. */
  readonly threadWaits: readonly ThreadWait[];
}

/**
 * The interval between memory readings of a process that does not run. Only the kernel can change its memory then, by
 * reclaiming pages. Reading it is half the cost of a sample, which matters to a client that reads a thousand times a second.
 */
const MEMORY_MILLISECONDS = 1_000;

interface Known {
  readonly sample: ProcessSample;
  /** Undefined if they do not show whether the process ran. */
  readonly threads: readonly Thread[] | undefined;
  readonly statPath: string;
  readonly statmPath: string;
  /** When the memory was read. */
  memoryAt: number;
}

/** `now` returns milliseconds of a monotonic clock. */
export function sampleReader(files: ProcessFiles, now = () => performance.now()) {
  let known = new Map<string, Known>();
  let used = new Map<string, Known>();

  function fresh(folder: string, before: Known | undefined): Known {
    // Read first, so that whatever runs from here on differs the next time.
    const threads = readThreads(files, folder, before?.threads);
    const memoryAt = now();
    const statPath = `${folder}/stat`;
    const stat = parseStat(files.read(statPath));
    const [living, own] = stat.state === "Z" ? livingThread(files, threads) : [folder, stat];
    const { state, residentPages } = own ?? stat;
    const isSameProgram = before?.sample.startTicks === stat.startTicks && before.sample.name === stat.name;
    const io = files.readIfAny(`${folder}/io`);
    const sample: ProcessSample = {
      ...stat,
      state,
      residentPages,
      program: isSameProgram ? before.sample.program : readProgram(folder),
      voluntaryContextSwitches: threads.reduce<number | null>(
        (sum, { switches }) => (switches === null ? sum : (sum ?? 0) + switches),
        null,
      ),
      // proc_pid_io(5): readable only with permission to trace the process.
      readChars: numberAfter(io, "rchar:"),
      writeChars: numberAfter(io, "wchar:"),
      storageWriteBytes: numberAfter(io, "\nwrite_bytes:"),
      runDelaySeconds: runDelay(threads),
      threadWaits: shownWaits(threads, state, io !== ""),
    };
    // A thread that is on a processor may continue without a change in its figures. It shows no wait, like one that
    // cannot be read.
    const isRunning =
      state === "R" || (io !== "" && threads.some(({ wait }) => wait.kernelFunction === RUNNING));
    const isShown = areKept(threads) && !isRunning;
    return {
      sample,
      threads: isShown ? threads : undefined,
      statPath,
      statmPath: `${living}/statm`,
      memoryAt,
    };
  }

  function asBefore(before: Known): Known {
    const at = now();
    let next = before;
    if (at - before.memoryAt < MEMORY_MILLISECONDS) files.keep(before.statmPath);
    else {
      before.memoryAt = at;
      const pages = residentPages(files, before.statmPath);
      if (before.sample.residentPages !== pages)
        next = { ...before, sample: { ...before.sample, residentPages: pages } };
    }
    if (!before.sample.hasTerminal) return next;
    const { foregroundGroup } = parseStat(files.read(before.statPath));
    return foregroundGroup === before.sample.foregroundGroup
      ? next
      : { ...next, sample: { ...next.sample, foregroundGroup } };
  }

  return {
    /** `hasRun`: whether it ran since the previous read. Throws the system's error if the process cannot be read. */
    read(folder: string): { readonly sample: ProcessSample; readonly hasRun: boolean } {
      const before = known.get(folder);
      const hasRun = !before?.threads || haveRun(files, before.threads);
      const next = hasRun ? fresh(folder, before) : asBefore(before);
      used.set(folder, next);
      return { sample: next.sample, hasRun };
    },
    /** Forgets processes that were not read since the last call. */
    forgetUnused(): void {
      known = used;
      used = new Map();
    },
  };
}

/** proc_pid_statm(5): the second field, in pages. */
function residentPages(files: ProcessFiles, statmPath: string): number {
  const text = files.read(statmPath);
  const start = text.indexOf(" ") + 1;
  const pages = countOrNull(text.slice(start, text.indexOf(" ", start)));
  if (pages === null) throw new RangeError("/proc/<pid>/statm has no count in its second field");
  return pages;
}
