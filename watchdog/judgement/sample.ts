/** The data of one reading that the judgement compares: small, plain, and storable. */
import type {
  AgentProcess,
  ChildProcess,
  LogFile,
  Usage,
} from "../../gen/orchestrator/metrics/v1/metrics_pb.js";
import { defined } from "../defined.ts";
import { milliseconds } from "./fields.ts";
import type { AgentReading } from "./reading.ts";

/** Times are milliseconds since the epoch, CPU times are clock ticks, and unreadable values are absent. */
export type Sample = ReturnType<typeof sampleOf>;

export type LogSample = ReturnType<typeof logOf>;

export type ProcessSample = ReturnType<typeof processOf>;

/** One process of the tree. */
export interface TaskSample extends ReturnType<typeof taskOf> {
  /** The time of the earlier sample that showed its wait: a task that is running shows none. */
  readonly waitedAt?: number;
}

/** For a pid that is missing from an envelope although its process is there. The service always sends it. */
export const UNKNOWN = "(unknown)";

export function sampleOf({ at, bootId, sourceEpoch, clkTck, agent, taskFinished }: AgentReading) {
  return defined({
    at,
    bootId,
    sourceEpoch,
    clkTck,
    presence: agent.presence,
    pid: agent.pid,
    runStartedAt: milliseconds(agent.startedAt),
    heartbeatAt: milliseconds(agent.heartbeatAt),
    // The last step that the orchestrator recorded.
    progressAt: milliseconds(agent.progressAt),
    taskFinished,
    usage: agent.usage && usageOf(agent.usage),
    log: agent.log && logOf(agent.log),
    process: agent.process && processOf(agent.process, agent.pid),
  });
}

/** Returns tokens and money of the run so far. Equal values mean that nothing was recorded in between. */
function usageOf(usage: Usage): readonly number[] {
  const { costUsd, inputTokens, outputTokens, cacheReadTokens, cacheCreationTokens } = usage;
  return [costUsd, inputTokens, outputTokens, cacheReadTokens, cacheCreationTokens].map((sum) => sum ?? 0);
}

function logOf(log: LogFile) {
  return defined({
    bytes: log.sizeBytes,
    writtenAt: milliseconds(log.modifiedAt) ?? 0,
    // In its last 4 KiB.
    lines: log.recentLines,
    distinctLines: log.recentDistinctLines,
  });
}

function processOf(process: AgentProcess, pid: number | undefined) {
  const { descendants } = process;
  const own: TaskSample = taskOf(process);
  return defined({
    ...own,
    pid,
    startedAt: milliseconds(process.startedAt),
    ownTicks: process.userTicks + process.systemTicks,
    reapedTicks: process.reapedChildrenTicks,
    threads: process.threads,
    memoryBytes: process.residentMemoryBytes,
    switches: process.voluntaryContextSwitches,
    // Of the whole tree.
    writtenChars: sum(process.writeChars, descendants ? descendants.writeChars : 0),
    storageBytes: sum(process.storageWriteBytes, descendants ? descendants.storageWriteBytes : 0),
    connections: process.connections?.established,
    frozen: process.frozen,
    isLocked: isLocked(process.threadWaits),
    descendants: descendants?.processes ?? 0,
    descendantTicks: descendants?.ticks ?? 0,
    descendantSwitches: descendants ? descendants.voluntaryContextSwitches : 0,
    // Descendants by state.
    states: descendants?.states ?? {},
    // Latest start first.
    youngest: descendants?.youngest.map((child): TaskSample => taskOf(child)) ?? [],
  });
}

function taskOf(task: AgentProcess | ChildProcess) {
  const { wait, terminal } = task;
  const isForeground = terminal?.foreground === true;
  return defined({
    pid: "pid" in task ? task.pid : undefined,
    // The program's name.
    name: task.program || task.name,
    state: task.state,
    startTicks: task.startTicks,
    waitsIn: wait?.kernelFunction,
    waitsOn: wait?.on ?? [],
    timeoutSeconds: wait?.timeoutSeconds,
    isForeground,
    // It is in the foreground of its terminal and waits to read it.
    readsTerminal: isForeground && terminal.reads === true,
  });
}

/** All threads wait for another thread of the process. */
function isLocked(threadWaits: Readonly<Record<string, number>>): boolean {
  const functions = Object.keys(threadWaits);
  return functions.length > 0 && functions.every((name) => name.includes("futex"));
}

function sum(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? undefined : a + b;
}
