/** From one agent in one envelope to the plain numbers that are compared. */
import type { AgentProcess, LogFile, Usage } from "../../gen/orchestrator/metrics/v1/metrics_pb.js";
import { defined } from "../defined.ts";
import { milliseconds } from "./milliseconds.ts";
import type { AgentReading } from "./reading.ts";
import type { ProcessSample, Sample } from "./sample.ts";

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
    taskFinished,
    usage: agent.usage && usageOf(agent.usage),
    log: agent.log && logOf(agent.log),
    process: agent.process && processOf(agent.process),
  });
}

function usageOf(usage: Usage): readonly number[] {
  const { costUsd, inputTokens, outputTokens, cacheReadTokens, cacheCreationTokens } = usage;
  return [costUsd, inputTokens, outputTokens, cacheReadTokens, cacheCreationTokens].map((sum) => sum ?? 0);
}

function logOf(log: LogFile) {
  return { bytes: log.sizeBytes, writtenAt: milliseconds(log.modifiedAt) ?? 0 };
}

function processOf(process: AgentProcess): ProcessSample {
  const { descendants } = process;
  return defined({
    state: process.state,
    startTicks: process.startTicks,
    startedAt: milliseconds(process.startedAt),
    ownTicks: process.userTicks + process.systemTicks,
    reapedTicks: process.reapedChildrenTicks,
    threads: process.threads,
    memoryBytes: process.residentMemoryBytes,
    switches: process.voluntaryContextSwitches,
    chars: sum(process.readChars, process.writeChars),
    writtenChars: process.writeChars,
    descendants: descendants?.processes ?? 0,
    descendantTicks: descendants?.ticks ?? 0,
    descendantSwitches: descendants ? descendants.voluntaryContextSwitches : 0,
    descendantChars: descendants ? sum(descendants.readChars, descendants.writeChars) : 0,
    descendantWrittenChars: descendants ? descendants.writeChars : 0,
  });
}

function sum(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? undefined : a + b;
}
