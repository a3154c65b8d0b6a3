/**
 * What a process waits for: the kernel function in which each thread waits, and for the thread that waits for the
 * outside, the kinds of descriptors that can wake it. A user who can read the process sees `wchan`, `fd` and
 * `fdinfo`. `syscall` requires permission to trace it, which Yama's `ptrace_scope` 1 denies.
 */
import { type Descriptors, readDescriptors, watchedKinds } from "./descriptors.ts";
import { certainKind, isEpoll, isOutside, isSleep, possibleKinds } from "./kernel-functions.ts";
import type { Terminal, Wait } from "./process.ts";
import { readTextIfAny } from "./process-files.ts";
import type { ProcessSample, Sampled } from "./samples.ts";
import { descriptorOf, parseSystemCall, timeoutSeconds } from "./system-calls.ts";
import { RUNNING, type Thread } from "./threads.ts";

/**
 * For so long, a thread that waits in the same function is assumed to wait for the same, so that one that often wakes
 * is not examined each time.
 */
const SAME_WAIT_MILLISECONDS = 5_000;

interface Waits {
  readonly wait: Wait | undefined;
  /** Undefined if it has no terminal, or its descriptors cannot be read. */
  readonly readsTerminal: boolean | undefined;
}

export interface KnownWaits extends Waits {
  /** The folder of the thread that last waited for the outside. */
  readonly thread: string;
  /** When they were read, in milliseconds of the monotonic clock. */
  readonly at: number;
  /** Whether they were read when the process had not run for a while. */
  readonly isSettled: boolean;
}

/**
 * Reads what a process waits for. While it does not run, that stays the same, except for what io_uring(7) did after the
 * wait began, such as adding to an epoll. So it is read once more. `before` is the previous result for the same program.
 * Throws on resource exhaustion.
 */
export function readWaits(folder: string, { sample, hasRun }: Sampled, before?: KnownWaits): KnownWaits {
  if (before?.isSettled && !hasRun) return before;
  const thread = chosen(sample.waiting, before?.thread);
  const isSameWait =
    thread?.folder === before?.thread && thread?.kernelFunction === before?.wait?.kernelFunction;
  const now = performance.now();
  if (before && isSameWait && now - before.at < SAME_WAIT_MILLISECONDS)
    return { ...before, isSettled: false };
  const waits = thread
    ? examined(folder, thread, sample.hasTerminal)
    : { wait: undefined, readsTerminal: undefined };
  return { ...waits, thread: thread?.folder ?? before?.thread ?? "", at: now, isSettled: !hasRun };
}

/** Returns the main thread if it waits for the outside, otherwise the thread that did so last time, or another one. */
function chosen(threads: readonly Thread[], before: string | undefined): Thread | undefined {
  const waiting = threads.filter(({ kernelFunction }) => kernelFunction !== RUNNING);
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

function examined(folder: string, thread: Thread, hasTerminal: boolean): Waits {
  const { kernelFunction } = thread;
  const descriptors = readDescriptors(folder);
  const call = parseSystemCall(readTextIfAny(`${thread.folder}/syscall`));
  const on = kindsOf(folder, kernelFunction, descriptors ?? new Map(), call && descriptorOf(call));
  return {
    wait: {
      kernelFunction,
      systemCall: call?.name,
      on: [...new Set(on)].sort(),
      timeoutSeconds: call && timeoutSeconds(call),
    },
    readsTerminal:
      hasTerminal && descriptors ? readsTerminal(folder, descriptors, kernelFunction, on) : undefined,
  };
}

/** `number` is the descriptor that the system call operates on. */
function kindsOf(
  folder: string,
  kernelFunction: string,
  descriptors: Descriptors,
  number: number | undefined,
): readonly string[] {
  const direct = number === undefined ? undefined : descriptors.get(number)?.kind;
  if (isEpoll(kernelFunction)) {
    const epolls = number !== undefined && direct === "epoll" ? [number] : epollsIn(descriptors);
    return [...watchedKinds(folder, descriptors, epolls)];
  }
  const certain = certainKind(kernelFunction);
  if (certain === "lock" || certain === "child" || certain === "timer") return [certain];
  if (direct !== undefined && direct !== "epoll") return [direct];
  if (certain !== undefined) return [certain];
  const readable = [...descriptors.values()].filter(({ isReadable }) => isReadable);
  const possible = possibleKinds(kernelFunction);
  return readable.map(({ kind }) => kind).filter((kind) => possible.includes(kind));
}

function epollsIn(descriptors: Descriptors): readonly number[] {
  return [...descriptors].filter(([, { kind }]) => kind === "epoll").map(([number]) => number);
}

function readsTerminal(
  folder: string,
  descriptors: Descriptors,
  kernelFunction: string,
  on: readonly string[],
): boolean {
  // An epoll waits for everything that it watches. Another call may be for a socket instead.
  if (on.includes("terminal")) return isEpoll(kernelFunction) || !on.includes("socket");
  return watchedKinds(folder, descriptors, epollsIn(descriptors)).has("terminal");
}

/** Returns the controlling terminal of a process. */
export function terminalOf(
  { hasTerminal, processGroup, foregroundGroup }: ProcessSample,
  reads: boolean | undefined,
): Terminal | undefined {
  return hasTerminal ? { foreground: processGroup === foregroundGroup, reads } : undefined;
}
