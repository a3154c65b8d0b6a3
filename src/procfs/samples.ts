/** One process's own figures, from its `stat`, its threads' `status` and its `io`. */
import type { ProcessFiles } from "./descriptors.ts";
import { didNotRun, readTurns, type Turns, textOf, threadFolders } from "./quiet.ts";
import { type ProcessStat, parseStat } from "./stat.ts";

export interface ProcessSample extends ProcessStat {
  /** Over all living threads; null where it may not be read. */
  readonly voluntaryContextSwitches: number | null;
  readonly readChars: number | null;
  readonly writeChars: number | null;
}

/**
 * Of a process that does not run only the kernel takes memory away, page by page. To ask after it is half of what a
 * reading of it costs, so that who reads a thousand times a second does not ask each time.
 */
const MEMORY_MILLISECONDS = 1_000;

interface Known {
  readonly sample: ProcessSample;
  readonly turns: Turns | undefined;
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
    // The turns come first: whatever runs from here on differs from them the next time.
    const threadsBefore = before ? threadFolders(folder, before.threads) : [];
    const turns = readTurns(files, threadsBefore);
    const memoryAt = now();
    const stat = parseStat(files.read(`${folder}/stat`));
    const isSame = before?.startTicks === stat.startTicks && before.threads === stat.threads;
    const threads = isSame ? threadsBefore : threadFolders(folder, stat.threads);
    const [living, own] = stat.state === "Z" ? livingThread(files, folder, threads) : [folder, stat];
    const { state, residentPages } = own ?? stat;
    const sample = { ...stat, state, residentPages, ...readCounters(files, folder, threads) };
    // Who is on a processor now may go on without a new turn.
    return {
      sample,
      turns: isSame && state !== "R" ? turns : undefined,
      statmPath: `${living}/statm`,
      memoryAt,
    };
  }

  function withMemory(quiet: Known): Known {
    const memoryAt = now();
    if (memoryAt - quiet.memoryAt < MEMORY_MILLISECONDS) {
      files.keep(quiet.statmPath);
      return quiet;
    }
    const pages = residentPages(files, quiet.statmPath);
    if (quiet.sample.residentPages !== pages)
      return { ...quiet, memoryAt, sample: { ...quiet.sample, residentPages: pages } };
    quiet.memoryAt = memoryAt;
    return quiet;
  }

  return {
    /** Throws the system's error for a process that cannot be read. */
    read(folder: string): ProcessSample {
      const before = known.get(folder);
      const isQuiet = before?.turns !== undefined && didNotRun(files, before.turns);
      const next = isQuiet ? withMemory(before) : fresh(folder);
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
