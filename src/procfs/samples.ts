/** One process's own figures, from its `stat`, its `io` and its threads' `status` and `wchan`; read again only if it ran. */
import { readdirSync } from "node:fs";
import { isResourceExhaustion, type ProcessFiles } from "./process-files.ts";
import { readProgram } from "./program.ts";
import { type ProcessStat, parseStat } from "./stat.ts";

/** What a thread that is in no wait has in `threadWaits`. */
export const RUNNING = "running";

/** The kernel function in which a thread waits: proc_pid_wchan(5). */
export interface ThreadWait {
  readonly folder: string;
  readonly kernelFunction: string;
}

export interface ProcessSample extends ProcessStat {
  /** Of the interpreter's script, if it runs one; empty if it cannot be read. */
  readonly program: string;
  /** Over all living threads; null where it may not be read. */
  readonly voluntaryContextSwitches: number | null;
  readonly readChars: number | null;
  readonly writeChars: number | null;
  readonly storageWriteBytes: number | null;
  /** Over all living threads; null where the kernel does not keep it. */
  readonly runDelaySeconds: number | null;
  /** The first thread first. */
  readonly threadWaits: readonly ThreadWait[];
}

/**
 * What the kernel's scheduler says of each thread in `schedstat`: the time on a processor, the time in wait for one, and how
 * often it was given one (Documentation/scheduler/sched-stats). While these stay the same, the thread did not run, and what
 * only a running thread can change is as it was; for a process, all but the resident memory, which the kernel may take away,
 * and the terminal's foreground. New threads, too, are started by running ones. Reading it is a tenth of the price of
 * reading the process again.
 */
interface Thread {
  readonly folder: string;
  readonly schedstat: string;
  readonly switches: number | null;
  readonly wait: ThreadWait;
}

/** A kernel that does not keep the figures writes this, and one without the file nothing. */
const NOT_KEPT = /^(0 0 0\n)?$/;

/**
 * Of a process that does not run only the kernel takes memory away, page by page. To ask after it is half of what a
 * reading of it costs, so that who reads a thousand times a second does not ask each time.
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

/** `now` gives milliseconds of a monotonic clock. */
export function sampleReader(files: ProcessFiles, now = () => performance.now()) {
  let known = new Map<string, Known>();
  let used = new Map<string, Known>();

  function fresh(folder: string, before: Known | undefined): Known {
    // They come first: whatever runs from here on differs from them the next time.
    const threads = readThreads(files, folder, before?.threads);
    const memoryAt = now();
    const statPath = `${folder}/stat`;
    const stat = parseStat(files.read(statPath));
    const [living, own] = stat.state === "Z" ? livingThread(files, threads) : [folder, stat];
    const { state, residentPages } = own ?? stat;
    const isSameProgram = before?.sample.startTicks === stat.startTicks && before.sample.name === stat.name;
    const io = textOf(files, `${folder}/io`);
    const sample: ProcessSample = {
      ...stat,
      state,
      residentPages,
      program: isSameProgram ? before.sample.program : readProgram(folder),
      voluntaryContextSwitches: threads.reduce<number | null>(
        (sum, { switches }) => (switches === null ? sum : (sum ?? 0) + switches),
        null,
      ),
      // proc_pid_io(5): readable only to who may trace the process.
      readChars: numberAfter(io, "rchar:"),
      writeChars: numberAfter(io, "wchar:"),
      storageWriteBytes: numberAfter(io, "\nwrite_bytes:"),
      runDelaySeconds: runDelay(threads),
      threadWaits: shownWaits(threads, state, io !== ""),
    };
    // A thread that is on a processor now may go on without another figure.
    const isShown =
      threads.length > 0 && threads.every(({ schedstat }) => !NOT_KEPT.test(schedstat)) && state !== "R";
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
    /** `hasRun`: since it was read before. Throws the system's error for a process that cannot be read. */
    read(folder: string): { readonly sample: ProcessSample; readonly hasRun: boolean } {
      const before = known.get(folder);
      const hasRun =
        !before?.threads ||
        before.threads.some((thread) => schedstatOf(files, thread.folder) !== thread.schedstat);
      const next = hasRun ? fresh(folder, before) : asBefore(before);
      used.set(folder, next);
      return { sample: next.sample, hasRun };
    },
    /** Forgets what was not read since the last call. */
    forgetUnused(): void {
      known = used;
      used = new Map();
    },
  };
}

function readThreads(files: ProcessFiles, folder: string, before: readonly Thread[] = []): readonly Thread[] {
  const known = new Map(before.map((thread) => [thread.folder, thread]));
  return threadFolders(folder).map((thread) => {
    const schedstat = schedstatOf(files, thread);
    const same = known.get(thread);
    const hasNotRun =
      same?.schedstat === schedstat && !NOT_KEPT.test(schedstat) && same.wait.kernelFunction !== RUNNING;
    if (hasNotRun) return same;
    const wchan = textOf(files, `${thread}/wchan`);
    return {
      folder: thread,
      schedstat,
      // The line before is `nonvoluntary_…`, whose name holds ours: the line break tells them apart.
      switches: numberAfter(textOf(files, `${thread}/status`), "\nvoluntary_ctxt_switches:"),
      // Without what a compiler adds to the name of a function that it made of another.
      wait: { folder: thread, kernelFunction: wchan === "0" ? RUNNING : (wchan.split(".")[0] ?? "") },
    };
  });
}

/** "0" stands both for a thread that runs and for one that may not be read; who may read `io` may read `wchan`. */
function shownWaits(threads: readonly Thread[], state: string, mayRead: boolean): readonly ThreadWait[] {
  const waits = threads.map(({ wait }) => wait);
  const isKept = state === "R" || waits.some(({ kernelFunction }) => kernelFunction !== RUNNING);
  return mayRead && isKept && waits.every(({ kernelFunction }) => kernelFunction !== "") ? waits : [];
}

const schedstatOf = (files: ProcessFiles, thread: string) => textOf(files, `${thread}/schedstat`);

/** The second figure of each thread, in nanoseconds. */
function runDelay(threads: readonly Thread[]): number | null {
  let nanoseconds = 0;
  for (const { schedstat } of threads) {
    const delay = countOrNull(schedstat.split(" ")[1] ?? "");
    if (delay === null || NOT_KEPT.test(schedstat)) return null;
    nanoseconds += delay;
  }
  return threads.length === 0 ? null : nanoseconds / 1e9;
}

/**
 * A thread that lives where the first one has ended (pthread_exit(3)): the process then shows as a zombie without memory,
 * and yet works. Without one the process has ended.
 */
function livingThread(files: ProcessFiles, threads: readonly Thread[]): [folder: string, stat?: ProcessStat] {
  for (const { folder } of threads) {
    const text = textOf(files, `${folder}/stat`);
    const stat = text === "" ? undefined : parseStat(text);
    if (stat && !/[ZXx]/.test(stat.state)) return [folder, stat];
  }
  return [threads[0]?.folder ?? ""];
}

/** proc_pid_statm(5): the second field, in pages. */
function residentPages(files: ProcessFiles, statmPath: string): number {
  const text = files.read(statmPath);
  const start = text.indexOf(" ") + 1;
  const pages = countOrNull(text.slice(start, text.indexOf(" ", start)));
  if (pages === null) throw new RangeError("/proc/<pid>/statm has no count in its second field");
  return pages;
}

function numberAfter(text: string, label: string): number | null {
  const at = text.indexOf(label);
  if (at < 0) return null;
  const end = text.indexOf("\n", at + 1);
  return countOrNull(text.slice(at + label.length, end < 0 ? undefined : end));
}

function countOrNull(text: string): number | null {
  const value = Number(text);
  return Number.isInteger(value) && value >= 0 && text.trim() !== "" ? value : null;
}

/** The folder of each thread; the process's own if it has no list of them. Throws a resource exhaustion. */
function threadFolders(folder: string): readonly string[] {
  try {
    return readdirSync(`${folder}/task`).map((thread) => `${folder}/task/${thread}`);
  } catch (error) {
    if (isResourceExhaustion(error)) throw error;
    return (error as NodeJS.ErrnoException).code === "ENOENT" ? [folder] : [];
  }
}

/** Empty for what cannot be read. Throws a resource exhaustion. */
function textOf(files: ProcessFiles, path: string): string {
  try {
    return files.read(path);
  } catch (error) {
    if (isResourceExhaustion(error)) throw error;
    return "";
  }
}
