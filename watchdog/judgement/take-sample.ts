/** Extracts the compared data of one agent from one envelope. */
import type {
  AgentProcess,
  ChildProcess,
  LogFile,
  Usage,
} from "../../gen/orchestrator/metrics/v1/metrics_pb.js";
import { defined } from "../defined.ts";
import { milliseconds } from "./fields.ts";
import type { AgentReading } from "./reading.ts";
import type { LogSample, ProcessSample, Sample, TaskSample } from "./sample.ts";

export function sampleOf({ at, bootId, sourceEpoch, clkTck, agent, taskFinished }: AgentReading): Sample {
  return defined({
    at,
    bootId,
    sourceEpoch,
    clkTck,
    presence: agent.presence,
    pid: agent.pid,
    runStartedAt: milliseconds(agent.startedAt),
    heartbeatAt: milliseconds(agent.heartbeatAt),
    progressAt: milliseconds(agent.progressAt),
    taskFinished,
    usage: agent.usage && usageOf(agent.usage),
    log: agent.log && logOf(agent.log),
    process: agent.process && processOf(agent.process, agent.pid),
  });
}

function usageOf(usage: Usage): readonly number[] {
  const { costUsd, inputTokens, outputTokens, cacheReadTokens, cacheCreationTokens } = usage;
  return [costUsd, inputTokens, outputTokens, cacheReadTokens, cacheCreationTokens].map((sum) => sum ?? 0);
}

function logOf(log: LogFile): LogSample {
  return defined({
    bytes: log.sizeBytes,
    writtenAt: milliseconds(log.modifiedAt) ?? 0,
    lines: log.recentLines,
    distinctLines: log.recentDistinctLines,
  });
}

function processOf(process: AgentProcess, pid: number | undefined): ProcessSample {
  const { descendants } = process;
  return defined({
    ...taskOf(process),
    pid,
    startedAt: milliseconds(process.startedAt),
    ownTicks: process.userTicks + process.systemTicks,
    reapedTicks: process.reapedChildrenTicks,
    threads: process.threads,
    memoryBytes: process.residentMemoryBytes,
    switches: process.voluntaryContextSwitches,
    writtenChars: sum(process.writeChars, descendants ? descendants.writeChars : 0),
    storageBytes: sum(process.storageWriteBytes, descendants ? descendants.storageWriteBytes : 0),
    connections: process.connections?.established,
    frozen: process.frozen,
    isLocked: isLocked(process.threadWaits),
    descendants: descendants?.processes ?? 0,
    descendantTicks: descendants?.ticks ?? 0,
    descendantSwitches: descendants ? descendants.voluntaryContextSwitches : 0,
    states: descendants?.states ?? {},
    youngest: descendants?.youngest.map(taskOf) ?? [],
  });
}

function taskOf(task: AgentProcess | ChildProcess): TaskSample {
  const { wait, terminal } = task;
  return defined({
    pid: "pid" in task ? task.pid : undefined,
    name: task.program || task.name,
    state: task.state,
    startTicks: task.startTicks,
    waitsIn: wait?.kernelFunction,
    waitsOn: wait?.on ?? [],
    timeoutSeconds: wait?.timeoutSeconds,
    isForeground: terminal?.foreground === true,
    readsTerminal: terminal?.foreground === true && terminal.reads === true,
  });
}

function isLocked(threadWaits: Readonly<Record<string, number>>): boolean {
  const functions = Object.keys(threadWaits);
  return functions.length > 0 && functions.every((name) => name.includes("futex"));
}

function sum(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? undefined : a + b;
}
