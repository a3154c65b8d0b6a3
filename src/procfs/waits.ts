/**
 * What a process waits for: the kernel function in which each thread waits, and for the thread that waits for the
 * outside, the kinds of descriptors that can wake it. A user who can read the process sees `wchan`, `fd` and
 * `fdinfo`. `syscall` requires permission to trace it, which Yama's `ptrace_scope` 1 denies.
 */
import { type Descriptors, descriptorLink, epollKinds, readDescriptors } from "./descriptors.ts";
import { certainKind, isEpoll, isOutside, isSleep, possibleKinds } from "./kernel-functions.ts";
import type { Terminal, Wait } from "./process.ts";
import { readTextIfAny } from "./process-files.ts";
import type { ProcessSample } from "./samples.ts";
import { descriptorOf, parseSystemCall, type SystemCall, timeoutSeconds } from "./system-calls.ts";
import { RUNNING, type ThreadWait } from "./threads.ts";

/**
 * For so long, a thread that waits in the same function is assumed to wait for the same, so that one that often wakes
 * is not examined each time.
 */
const SAME_WAIT_MILLISECONDS = 5_000;

/** How long the open descriptors of a running process count as known. The one that it waits for is checked each time. */
const DESCRIPTORS_MILLISECONDS = 30_000;

export interface Waits {
  readonly wait: Wait | null;
  /** Null if it has no terminal, or its descriptors cannot be read. */
  readonly readsTerminal: boolean | null;
}

interface Known {
  /** Changes with another program or process. */
  readonly startTicks: number;
  readonly name: string;
  descriptors: Descriptors | undefined;
  /** When the descriptors were read. */
  at: number;
  /** The thread that last waited for the outside. */
  thread: string;
  waits: Waits;
  waitsAt: number;
  /** Whether they were read when the process had not run for a while. */
  isSettled: boolean;
}

const NOTHING: Waits = { wait: null, readsTerminal: null };

const NOT_READ = {
  descriptors: undefined,
  at: Number.NEGATIVE_INFINITY,
  thread: "",
  waits: NOTHING,
  waitsAt: Number.NEGATIVE_INFINITY,
  isSettled: false,
};

/** `now` returns milliseconds of a monotonic clock. */
export function waitReader(now = () => performance.now()) {
  let known = new Map<string, Known>();
  let used = new Map<string, Known>();

  function fresh(folder: string, entry: Known): Descriptors | undefined {
    entry.descriptors = readDescriptors(folder);
    entry.at = now();
    return entry.descriptors;
  }

  function entryOf(folder: string, { startTicks, name }: ProcessSample): Known {
    const before = known.get(folder);
    const isSame = before?.startTicks === startTicks && before.name === name;
    const entry: Known = isSame ? before : { startTicks, name, ...NOT_READ };
    used.set(folder, entry);
    return entry;
  }

  /** Returns what all its epolls watch. Reads the descriptors again if one of them is not known. */
  function kindsOfEpolls(folder: string, entry: Known, only?: number): ReadonlySet<string> | undefined {
    for (const descriptors of [entry.descriptors, undefined]) {
      const current = descriptors ?? fresh(folder, entry);
      if (!current) return undefined;
      const epolls = [...current].filter(([, { kind }]) => kind === "epoll").map(([number]) => number);
      const sets = (only !== undefined && epolls.includes(only) ? [only] : epolls).map((number) =>
        epollKinds(folder, number, current),
      );
      if (sets.length > 0 && sets.every((set) => set !== undefined))
        return new Set(sets.flatMap((set) => [...set]));
    }
    return undefined;
  }

  /** The kind of an open descriptor. Lists all again if its number stood for another file when they were listed. */
  function kindOfDescriptor(folder: string, entry: Known, number: number | undefined): string | undefined {
    if (number === undefined || !entry.descriptors) return undefined;
    const isKnown = descriptorLink(folder, number) === entry.descriptors.get(number)?.link;
    return (isKnown ? entry.descriptors : fresh(folder, entry))?.get(number)?.kind;
  }

  function kindsOf(
    folder: string,
    entry: Known,
    kernelFunction: string,
    call: SystemCall | undefined,
  ): readonly string[] {
    if (isEpoll(kernelFunction))
      return [...(kindsOfEpolls(folder, entry, call && descriptorOf(call)) ?? [])].sort();
    const direct = kindOfDescriptor(folder, entry, call && descriptorOf(call));
    const certain = certainKind(kernelFunction);
    if (certain === "lock" || certain === "child" || certain === "timer") return [certain];
    if (direct !== undefined && direct !== "epoll") return [direct];
    if (certain !== undefined) return [certain];
    const readable = [...(entry.descriptors?.values() ?? [])].filter(({ isReadable }) => isReadable);
    const possible = possibleKinds(kernelFunction);
    return [...new Set(readable.map(({ kind }) => kind).filter((kind) => possible.includes(kind)))].sort();
  }

  function fromFiles(
    folder: string,
    entry: Known,
    thread: ThreadWait,
    { hasTerminal, hasRun }: { hasTerminal: boolean; hasRun: boolean },
  ): Waits {
    if (!hasRun || now() - entry.at >= DESCRIPTORS_MILLISECONDS) fresh(folder, entry);
    const { kernelFunction } = thread;
    const call = parseSystemCall(readTextIfAny(`${thread.folder}/syscall`));
    const wait = {
      kernelFunction,
      systemCall: call?.name ?? null,
      on: kindsOf(folder, entry, kernelFunction, call),
      timeoutSeconds: (call && timeoutSeconds(call)) ?? null,
    };
    return { wait, readsTerminal: hasTerminal ? readsTerminal(folder, entry, wait) : null };
  }

  return {
    /**
     * While the process does not run, what it waits for stays the same, except for what io_uring(7) did after the
     * wait began, such as adding to an epoll. So it is read once more. Throws on resource exhaustion.
     */
    read(folder: string, sample: ProcessSample, hasRun: boolean): Waits {
      const entry = entryOf(folder, sample);
      if (!hasRun && entry.isSettled) return entry.waits;
      const thread = chosen(sample.threadWaits, entry.thread);
      const isSame =
        thread?.folder === entry.thread && thread.kernelFunction === entry.waits.wait?.kernelFunction;
      const isRecent = now() - entry.waitsAt < SAME_WAIT_MILLISECONDS;
      entry.isSettled = false;
      if (isSame && isRecent) return entry.waits;
      entry.waits = thread
        ? fromFiles(folder, entry, thread, { hasTerminal: sample.hasTerminal, hasRun })
        : NOTHING;
      Object.assign(entry, { thread: thread?.folder ?? entry.thread, waitsAt: now(), isSettled: !hasRun });
      return entry.waits;
    },
    /** Forgets processes that were not read since the last call. */
    forgetUnused(): void {
      known = used;
      used = new Map();
    },
  };

  function readsTerminal(folder: string, entry: Known, { kernelFunction, on }: Wait): boolean | null {
    if (!entry.descriptors) return null;
    // An epoll waits for everything that it watches. Another call may be for a socket instead.
    if (on.includes("terminal")) return isEpoll(kernelFunction) || !on.includes("socket");
    return (
      [...entry.descriptors.values()].some(({ kind }) => kind === "terminal") &&
      (kindsOfEpolls(folder, entry)?.has("terminal") ?? false)
    );
  }
}

/** Returns the main thread if it waits for the outside, otherwise the thread that did so last time, or another one. */
function chosen(threads: readonly ThreadWait[], before: string): ThreadWait | undefined {
  const waiting = threads.filter(({ kernelFunction }) => kernelFunction !== "" && kernelFunction !== RUNNING);
  const outside = waiting.filter(({ kernelFunction }) => isOutside(kernelFunction));
  const [first] = threads;
  if (first?.kernelFunction === RUNNING) return undefined;
  if (first && outside.includes(first)) return first;
  const other =
    outside.find(({ folder }) => folder === before) ??
    outside.find(({ kernelFunction }) => !isSleep(kernelFunction)) ??
    outside[0];
  if (other) return other;
  // A running thread can wake the others.
  return waiting.length === threads.length ? waiting[0] : undefined;
}

/** Returns the controlling terminal of a process. */
export function terminalOf(
  { hasTerminal, processGroup, foregroundGroup }: ProcessSample,
  reads: boolean | null,
): Terminal | null {
  return hasTerminal ? { foreground: processGroup === foregroundGroup, reads } : null;
}
