/** One process's own figures, from its `stat`, its threads' `status` and its `io`; read again only if it ran. */
import { readdirSync } from "node:fs";
import { isResourceExhaustion, type ProcessFiles } from "./process-files.ts";
import { type ProcessStat, parseStat } from "./stat.ts";

export interface ProcessSample extends ProcessStat {
  /** Over all living threads; null where it may not be read. */
  readonly voluntaryContextSwitches: number | null;
  readonly readChars: number | null;
  readonly writeChars: number | null;
}

/**
 * What the kernel's scheduler says of each thread in `schedstat`: the time on a processor, the time in wait for one, and how
 * often it was given one (Documentation/scheduler/sched-stats). While these stay the same for every thread, none ran, and
 * what only a running thread can change is as it was: all but the resident memory, which the kernel may take away. New
 * threads, too, are started by running ones. Reading it is a tenth of the price of reading the process again.
 */
interface Schedstats {
  readonly paths: readonly string[];
  readonly texts: readonly string[];
}

/** A kernel that does not keep the figures writes this, and one without the file nothing. */
const NOT_KEPT = /^(0 0 0\n)?$/;

/** Undefined if the kernel does not keep them. */
function readSchedstats(files: ProcessFiles, folders: readonly string[]): Schedstats | undefined {
  const paths = folders.map((folder) => `${folder}/schedstat`);
  const texts = paths.map((path) => textOf(files, path));
  return paths.length === 0 || texts.some((text) => NOT_KEPT.test(text)) ? undefined : { paths, texts };
}

function hasNotRun(files: ProcessFiles, { paths, texts }: Schedstats): boolean {
  return paths.every((path, index) => textOf(files, path) === texts[index]);
}

/**
 * Of a process that does not run only the kernel takes memory away, page by page. To ask after it is half of what a
 * reading of it costs, so that who reads a thousand times a second does not ask each time.
 */
const MEMORY_MILLISECONDS = 1_000;

interface Known {
  readonly sample: ProcessSample;
  readonly schedstats: Schedstats | undefined;
  readonly statmPath: string;
  /** When the memory was read. */
  memoryAt: number;
}

/** `now` gives milliseconds of a monotonic clock. */
export function sampleReader(files: ProcessFiles, now = () => performance.now()) {
  let known = new Map<string, Known>();
  let used = new Map<string, Known>();

  function fresh(folder: string): Known {
    const before = known.get(folder)?.sample;
    // They come first: whatever runs from here on differs from them the next time.
    const threadsBefore = before ? threadFolders(folder, before.threads) : [];
    const schedstats = readSchedstats(files, threadsBefore);
    const memoryAt = now();
    const stat = parseStat(files.read(`${folder}/stat`));
    const isSame = before?.startTicks === stat.startTicks && before.threads === stat.threads;
    const threads = isSame ? threadsBefore : threadFolders(folder, stat.threads);
    const [living, own] = stat.state === "Z" ? livingThread(files, folder, threads) : [folder, stat];
    const { state, residentPages } = own ?? stat;
    const sample = { ...stat, state, residentPages, ...readCounters(files, folder, threads) };
    // A thread that is on a processor now may go on without another figure.
    return {
      sample,
      schedstats: isSame && state !== "R" ? schedstats : undefined,
      statmPath: `${living}/statm`,
      memoryAt,
    };
  }

  function withMemory(before: Known): Known {
    const memoryAt = now();
    if (memoryAt - before.memoryAt < MEMORY_MILLISECONDS) {
      files.keep(before.statmPath);
      return before;
    }
    const pages = residentPages(files, before.statmPath);
    if (before.sample.residentPages !== pages)
      return { ...before, memoryAt, sample: { ...before.sample, residentPages: pages } };
    before.memoryAt = memoryAt;
    return before;
  }

  return {
    /** Throws the system's error for a process that cannot be read. */
    read(folder: string): ProcessSample {
      const before = known.get(folder);
      const hasNotRunSince = before?.schedstats !== undefined && hasNotRun(files, before.schedstats);
      const next = hasNotRunSince ? withMemory(before) : fresh(folder);
      used.set(folder, next);
      return next.sample;
    },
    /** Forgets what was not read since the last call. */
    forgetUnused(): void {
      known = used;
      used = new Map();
    },
  };
}

/**
 * A thread that lives where the first one has ended (pthread_exit(3)): the process then shows as a zombie without memory,
 * and yet works. Without one the process has ended.
 */
function livingThread(
  files: ProcessFiles,
  folder: string,
  threads: readonly string[],
): [folder: string, stat?: ProcessStat] {
  for (const thread of threads) {
    const text = thread === folder ? "" : textOf(files, `${thread}/stat`);
    const stat = text === "" ? undefined : parseStat(text);
    if (stat && !/[ZXx]/.test(stat.state)) return [thread, stat];
  }
  return [folder];
}

/** proc_pid_statm(5): the second field, in pages. */
function residentPages(files: ProcessFiles, statmPath: string): number {
  const text = files.read(statmPath);
  const start = text.indexOf(" ") + 1;
  const pages = countOrNull(text.slice(start, text.indexOf(" ", start)));
  if (pages === null) throw new RangeError("/proc/<pid>/statm has no count in its second field");
  return pages;
}

function readCounters(files: ProcessFiles, folder: string, threads: readonly string[]) {
  const io = textOf(files, `${folder}/io`);
  let switches: number | null = null;
  // `/proc/<pid>/status` counts the main thread alone.
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

/** The folder of each thread; the process's own if it has one alone. Empty if it is gone. Throws a resource exhaustion. */
function threadFolders(folder: string, threads: number): readonly string[] {
  if (threads <= 1) return [folder];
  try {
    return readdirSync(`${folder}/task`).map((thread) => `${folder}/task/${thread}`);
  } catch (error) {
    if (isResourceExhaustion(error)) throw error;
    return [];
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
