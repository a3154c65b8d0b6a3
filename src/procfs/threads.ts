/** The threads of a process: whether they ran, how often they waited, and in which function of the kernel they wait now. */
import { readdirSync } from "node:fs";
import { countOrNull, isResourceExhaustion, numberAfter, type ProcessFiles } from "./process-files.ts";
import { type ProcessStat, parseStat } from "./stat.ts";

/** What a thread that is in no wait has in `threadWaits`. */
export const RUNNING = "running";

/** The kernel function in which a thread waits: proc_pid_wchan(5). */
export interface ThreadWait {
  readonly folder: string;
  readonly kernelFunction: string;
}

/**
 * What the kernel's scheduler says of each thread in `schedstat`: the time on a processor, the time in wait for one, and how
 * often it was given one (Documentation/scheduler/sched-stats). While these stay the same, the thread did not run, and what
 * only a running thread can change is as it was; for a process, all but the resident memory, which the kernel may take away,
 * and the terminal's foreground. New threads, too, are started by running ones. Reading it is a tenth of the price of
 * reading the process again.
 */
export interface Thread {
  readonly folder: string;
  readonly schedstat: string;
  readonly switches: number | null;
  readonly wait: ThreadWait;
}

/** A kernel that does not keep the figures writes this, and one without the file nothing. */
const NOT_KEPT = /^(0 0 0\n)?$/;

/** Whether the figures show that the process ran since they were read. */
export function haveRun(files: ProcessFiles, threads: readonly Thread[]): boolean {
  return threads.some(({ folder, schedstat }) => schedstatOf(files, folder) !== schedstat);
}

/** Whether the kernel keeps the figures of them all. */
export function areKept(threads: readonly Thread[]): boolean {
  return threads.length > 0 && threads.every(({ schedstat }) => !NOT_KEPT.test(schedstat));
}

export function readThreads(
  files: ProcessFiles,
  folder: string,
  before: readonly Thread[] = [],
): readonly Thread[] {
  const known = new Map(before.map((thread) => [thread.folder, thread]));
  return threadFolders(folder).map((thread) => {
    const schedstat = schedstatOf(files, thread);
    const same = known.get(thread);
    const hasNotRun =
      same?.schedstat === schedstat && !NOT_KEPT.test(schedstat) && same.wait.kernelFunction !== RUNNING;
    if (hasNotRun) return same;
    const wchan = files.readIfAny(`${thread}/wchan`);
    return {
      folder: thread,
      schedstat,
      // The line before is `nonvoluntary_…`, whose name holds ours: the line break tells them apart.
      switches: numberAfter(files.readIfAny(`${thread}/status`), "\nvoluntary_ctxt_switches:"),
      // Without what a compiler adds to the name of a function that it made of another.
      wait: { folder: thread, kernelFunction: wchan === "0" ? RUNNING : (wchan.split(".")[0] ?? "") },
    };
  });
}

/** "0" stands both for a thread that runs and for one that may not be read; who may read `io` may read `wchan`. */
export function shownWaits(
  threads: readonly Thread[],
  state: string,
  mayRead: boolean,
): readonly ThreadWait[] {
  const waits = threads.map(({ wait }) => wait);
  const isKept = state === "R" || waits.some(({ kernelFunction }) => kernelFunction !== RUNNING);
  return mayRead && isKept && waits.every(({ kernelFunction }) => kernelFunction !== "") ? waits : [];
}

const schedstatOf = (files: ProcessFiles, thread: string) => files.readIfAny(`${thread}/schedstat`);

/** The second figure of each thread, in nanoseconds. */
export function runDelay(threads: readonly Thread[]): number | null {
  if (!areKept(threads)) return null;
  const delays = threads.map(({ schedstat }) => countOrNull(schedstat.split(" ")[1] ?? "") ?? 0);
  return delays.reduce((sum, delay) => sum + delay) / 1e9;
}

/**
 * A thread that lives where the first one has ended (pthread_exit(3)): the process then shows as a zombie without memory,
 * and yet works. Without one the process has ended.
 */
export function livingThread(
  files: ProcessFiles,
  threads: readonly Thread[],
): [folder: string, stat?: ProcessStat] {
  for (const { folder } of threads) {
    const text = files.readIfAny(`${folder}/stat`);
    const stat = text === "" ? undefined : parseStat(text);
    if (stat && !/[ZXx]/.test(stat.state)) return [folder, stat];
  }
  return [threads[0]?.folder ?? ""];
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
