/** The threads of a process: whether they ran, how often they waited, and the kernel functions in which they wait. */
import { readdirSync } from "node:fs";
import { countIn, countOf, ifReadable, type ProcessFiles } from "./process-files.ts";
import { type ProcessStat, parseStat } from "./stat.ts";

/** The entry in `threadWaits` for a thread that does not wait. */
export const RUNNING = "running";

/**
 * `schedstat` holds the scheduler's figures for a thread: the time on a processor, the time waiting for one, and the
 * number of time slices (Documentation/scheduler/sched-stats). While they stay the same, the thread did not run, so
 * everything that only a running thread can change is unchanged. For a process, that is all but resident memory,
 * which the kernel may reclaim, and the terminal's foreground. New threads, too, are started by running ones. Reading
 * these figures costs a tenth of sampling the process again.
 */
export interface Thread {
  readonly folder: string;
  readonly schedstat: string;
  readonly switches: number | undefined;
  /** The function in which it waits: proc_pid_wchan(5). Empty if the kernel does not show it. */
  readonly kernelFunction: string;
}

/** A kernel that does not record the figures writes zeros. One without the file gives an empty text. */
const NOT_KEPT = /^(0 0 0\n)?$/;

/** Whether the process ran since the figures were read. */
export function haveRun(files: ProcessFiles, threads: readonly Thread[]): boolean {
  return threads.some(({ folder, schedstat }) => schedstatOf(files, folder) !== schedstat);
}

/** Whether the kernel records the figures of all threads. */
export function areKept(threads: readonly Thread[]): boolean {
  return threads.length > 0 && threads.every(({ schedstat }) => !NOT_KEPT.test(schedstat));
}

/** `before` are those of the previous reading. Throws on resource exhaustion. */
export function readThreads(
  files: ProcessFiles,
  folder: string,
  before: readonly Thread[] = [],
): readonly Thread[] {
  const known = new Map(before.map((thread) => [thread.folder, thread]));
  const names = ifReadable(() => readdirSync(`${folder}/task`)) ?? [];
  return names.map((name) => {
    const thread = `${folder}/task/${name}`;
    const schedstat = schedstatOf(files, thread);
    const same = known.get(thread);
    const hasNotRun =
      same?.schedstat === schedstat && !NOT_KEPT.test(schedstat) && same.kernelFunction !== RUNNING;
    if (hasNotRun) return same;
    const wchan = files.readIfAny(`${thread}/wchan`);
    return {
      folder: thread,
      schedstat,
      switches: countOf(files.readIfAny(`${thread}/status`), "voluntary_ctxt_switches"),
      // Removes the suffix that compilers add to a function derived from another.
      kernelFunction: wchan === "0" ? RUNNING : (wchan.split(".")[0] ?? ""),
    };
  });
}

/**
 * Returns the threads if their waits can be trusted: "0" means either a running thread or no permission. Permission to read
 * `io` implies that for `wchan`.
 */
export function shownWaits(threads: readonly Thread[], state: string, mayRead: boolean): readonly Thread[] {
  const isKept = state === "R" || threads.some(({ kernelFunction }) => kernelFunction !== RUNNING);
  return mayRead && isKept && threads.every(({ kernelFunction }) => kernelFunction !== "") ? threads : [];
}

const schedstatOf = (files: ProcessFiles, thread: string) => files.readIfAny(`${thread}/schedstat`);

/** Sums the second figure of each thread, in nanoseconds. Returns seconds. */
export function runDelay(threads: readonly Thread[]): number | undefined {
  if (!areKept(threads)) return undefined;
  const delays = threads.map(({ schedstat }) => countIn(schedstat.split(" ")[1] ?? "") ?? 0);
  return delays.reduce((sum, delay) => sum + delay) / 1e9;
}

/**
 * Returns a living thread if the main thread has ended (pthread_exit(3)). The process then looks like a zombie
 * without memory, but still works. Without such a thread the process has ended.
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
