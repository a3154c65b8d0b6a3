/**
 * The counters that stand outside `stat`: context switches of all threads, characters read and written.
 *
 * They are read only of processes that ran since the last reading. `/proc/<pid>/schedstat` tells that at a
 * tenth of the price: the time on a processor, the time in wait for one, and the turns (Documentation/
 * scheduler/sched-stats). While all three stay the same for every thread, none of them was on a processor,
 * and what only a running thread can change is as it was.
 */
import { readdirSync } from "node:fs";
import type { ProcessFiles } from "./descriptors.ts";

export interface ProcessCounters {
  /** Over all living threads; null where it may not be read. */
  readonly voluntaryContextSwitches: number | null;
  readonly readChars: number | null;
  readonly writeChars: number | null;
}

/** What one process is to read counters of: its folder `/proc/<pid>`, and what tells it from another of that pid. */
export interface CountedProcess {
  readonly folder: string;
  readonly startTicks: number;
  readonly threads: number;
}

interface Known {
  readonly ran: string;
  readonly counters: ProcessCounters;
}

/** A kernel that does not keep the figures writes this, and one without the file nothing. */
const UNTOLD = /^(0 0 0\n)?$/;

export function counterReader(files: ProcessFiles) {
  let known = new Map<string, Known>();
  let used = new Map<string, Known>();
  return {
    /** Never throws: what may not be read, or is gone, is null. */
    read(counted: CountedProcess): ProcessCounters {
      const threads = threadFolders(counted);
      const ran = whenRan(files, counted, threads);
      const before = known.get(counted.folder);
      const now =
        before !== undefined && ran !== undefined && before.ran === ran
          ? before
          : { ran: ran ?? "", counters: readCounters(files, counted.folder, threads) };
      used.set(counted.folder, now);
      return now.counters;
    },
    /** Forgets what was not read since the last call. */
    forgetUnused(): void {
      known = used;
      used = new Map();
    },
  };
}

/** `/proc/<pid>/status` counts the main thread alone, so that every thread's own is read where there are more. */
function threadFolders({ folder, threads }: CountedProcess): readonly string[] {
  if (threads <= 1) return [folder];
  try {
    return readdirSync(`${folder}/task`).map((thread) => `${folder}/task/${thread}`);
  } catch {
    return [];
  }
}

/** Text that is the same only if no thread ran; undefined where the kernel does not tell. */
function whenRan(
  files: ProcessFiles,
  { startTicks }: CountedProcess,
  threads: readonly string[],
): string | undefined {
  let all = `${startTicks}`;
  for (const thread of threads) {
    const schedstat = textOf(files, `${thread}/schedstat`);
    if (UNTOLD.test(schedstat)) return undefined;
    all += ` ${thread} ${schedstat}`;
  }
  return all;
}

function readCounters(files: ProcessFiles, folder: string, threads: readonly string[]): ProcessCounters {
  const io = textOf(files, `${folder}/io`);
  let switches: number | null = null;
  for (const thread of threads) {
    // The line before is `nonvoluntary_…` in no kernel, but its name holds ours: the break of line tells them apart.
    const own = numberAfter(textOf(files, `${thread}/status`), "\nvoluntary_ctxt_switches:");
    if (own !== null) switches = (switches ?? 0) + own;
  }
  // proc_pid_io(5): readable only to who may trace the process.
  return {
    voluntaryContextSwitches: switches,
    readChars: numberAfter(io, "rchar:"),
    writeChars: numberAfter(io, "wchar:"),
  };
}

function textOf(files: ProcessFiles, path: string): string {
  try {
    return files.read(path);
  } catch {
    return "";
  }
}

function numberAfter(text: string, label: string): number | null {
  const at = text.indexOf(label);
  if (at < 0) return null;
  const end = text.indexOf("\n", at + 1);
  return Number(text.slice(at + label.length, end < 0 ? undefined : end));
}
