/** Finds what a process tree waits for, as the kernel shows it, and how long that may take. */
import { count, duration } from "../words/text.ts";
import { beganWithProgress, type Observed } from "./observed.ts";
import { livingDescendants } from "./progress.ts";
import type { ProcessSample, TaskSample } from "./sample.ts";
import type { JudgementThresholds } from "./thresholds.ts";
import type { CauseName, Limit } from "./verdict.ts";

export interface Cause {
  readonly name: CauseName;
  /** Completes "it …". */
  readonly evidence: string;
  readonly signals: readonly string[];
}

function cause(name: CauseName, evidence: string, ...signals: readonly string[]): Cause {
  return { name, evidence, signals };
}

/** Objects that only the process itself makes ready, if it has no child: a runtime's threads use them to wake each other. */
const ITS_OWN = new Set(["eventfd", "timer"]);

export function causeOf(observed: Observed): Cause {
  const process = observed.newest.process as ProcessSample;
  const living = livingDescendants(process);
  return (
    plannedSleep(observed, process, living) ??
    peer(observed, living) ??
    child(process, living) ??
    lock(process) ??
    file(process) ??
    localPeer(process) ??
    nothingOutside(process) ??
    cause("unknown", "does not show what it waits for", "voluntary_context_switches", "ticks")
  );
}

/** Returns how long a run may make no progress for this cause. */
export function limitOf(
  { name }: Cause,
  isRepeating: boolean,
  isQuiet: boolean,
  of: JudgementThresholds,
): Limit {
  const limit = (threshold: keyof JudgementThresholds): Limit => [threshold, of[threshold]];
  if (name === "peer") return limit("peer_seconds");
  if (isRepeating) return limit("repeat_seconds");
  if (name === "child") return limit("child_seconds");
  if (name === "lock" || name === "nothing") return limit("lock_seconds");
  if (name === "sleep") return ["", Number.POSITIVE_INFINITY];
  // An active one without a visible cause may have a connection that another user's process does not show.
  return limit(isQuiet || name === "file" ? "hung_seconds" : "peer_seconds");
}

/** Without a connection, terminal or child, only its own timer can wake it, and it set that timer itself. */
function plannedSleep(observed: Observed, process: ProcessSample, living: number): Cause | undefined {
  if (living > 0 || (process.connections ?? 0) > 0 || process.waitsOn.includes("terminal")) return undefined;
  const { sleepsUntil, newest } = observed;
  const { at } = newest;
  const sleep = (evidence: string) => cause("sleep", evidence, "wait", "voluntary_context_switches");
  if (sleepsUntil !== undefined && at < sleepsUntil)
    return sleep(`sleeps on its own timer for ${duration((sleepsUntil - at) / 1000)} more`);
  const isAsleep = process.waitsOn.join() === "timer" && process.threads === 1 && at > observed.asleepFrom;
  return isAsleep && beganWithProgress(observed)
    ? sleep(`has slept for ${duration((at - observed.asleepFrom) / 1000)} without waking`)
    : undefined;
}

/** Returns the maximum over the recent readings: there is no connection between two attempts. */
export function connectionsIn({ recent }: Observed): number {
  return Math.max(...recent.map(({ connections }) => connections));
}

function peer(observed: Observed, living: number): Cause | undefined {
  const connections = connectionsIn(observed);
  if (connections === 0) return undefined;
  const children = living > 0 ? `; ${describeChildren(observed.newest.process)}` : "";
  return cause(
    "peer",
    `has ${count(connections, "connection")} and waits for a peer${children}`,
    "connections",
  );
}

function child(process: ProcessSample, living: number): Cause | undefined {
  if (living === 0) return undefined;
  const evidence = `waits for a child: ${describeChildren(process)}`;
  return cause("child", evidence, "descendants.youngest", "descendants.states");
}

function lock({ isLocked, waitsOn, waitsIn }: ProcessSample): Cause | undefined {
  if (isLocked) return cause("lock", "waits for a lock in all its threads", "thread_waits");
  return waitsOn.includes("lock") ? cause("lock", `waits for a file lock (${waitsIn})`, "wait") : undefined;
}

function file({ waitsOn, waitsIn, state }: ProcessSample): Cause | undefined {
  const isFile = waitsOn.includes("file") || (state === "D" && waitsIn !== undefined);
  return isFile
    ? cause("file", `waits for a file system (${waitsIn}, state ${state})`, "wait", "state")
    : undefined;
}

/** Without a TCP connection: a socket to a local daemon, a listening socket, or a pipe to another process. */
function localPeer({ waitsOn }: ProcessSample): Cause | undefined {
  const kind = waitsOn.find((one) => one === "socket" || one === "pipe");
  if (kind === undefined) return undefined;
  return cause("peer", `waits for a ${kind} to another process`, "wait", "connections");
}

/** Only its own timers and threads can wake it. */
function nothingOutside({ waitsOn, connections }: ProcessSample): Cause | undefined {
  const isOwn = waitsOn.length > 0 && waitsOn.every((kind) => ITS_OWN.has(kind));
  if (!isOwn || connections !== 0) return undefined;
  const evidence = "has no connection, no terminal and no child: nothing outside can wake it";
  return cause("nothing", evidence, "wait", "connections", "descendants.processes");
}

/** Returns whether it is an event loop, as opposed to a call that reads one descriptor. */
export function isLoop(waitsIn: string | undefined): boolean {
  return waitsIn !== undefined && /^(ep_|do_epoll|epoll)/.test(waitsIn);
}

/** Describes the youngest living descendant, what it waits for, and how many others there are. */
export function describeChildren(process: ProcessSample | undefined): string {
  const [youngest] = process?.youngest.filter(({ state }) => state !== "Z") ?? [];
  if (!process || !youngest) return count(process?.descendants ?? 0, "descendant");
  const others = process.descendants - 1;
  return `\`${youngest.name}\`, ${describeState(youngest)}${others > 0 ? `, and ${count(others, "other")}` : ""}`;
}

const STATES: Readonly<Record<string, string>> = {
  R: "running",
  T: "stopped",
  t: "stopped by a debugger",
  Z: "a zombie",
};

/** For example "running", "waiting for a terminal (n_tty_read)", "asleep". */
function describeState({ state, waitsOn, waitsIn }: TaskSample): string {
  const word = STATES[state];
  if (word !== undefined) return word;
  if (waitsOn.length > 0) return `waiting for ${waitsOn.map((kind) => OBJECTS[kind] ?? kind).join(" or ")}`;
  return waitsIn === undefined ? (state === "D" ? "in state D" : "asleep") : `waiting in ${waitsIn}`;
}

const OBJECTS: Readonly<Record<string, string>> = {
  terminal: "the terminal",
  pipe: "a pipe",
  socket: "a socket",
  file: "a file",
  lock: "a lock",
  timer: "a timer",
  child: "a child",
  signal: "a signal",
  eventfd: "its own threads",
};
