/**
 * Builds the agents section: each running agent's row with its process and log file. It holds only raw signals. A
 * client decides whether an agent hangs, by comparing two envelopes.
 */
import { create } from "@bufbuild/protobuf";
import {
  type AgentProcess,
  AgentProcessSchema,
  type AgentsSection,
  AgentsSectionSchema,
  type FinishedRun,
  type LogFile,
  type RunningAgent,
} from "../../gen/orchestrator/metrics/v1/metrics_pb.js";
import { validPid } from "../procfs/open-procfs.ts";
import type { Observation, ProcessReading } from "../procfs/process.ts";
import type { AgentRow, AgentRows, FinishedRunRow } from "../repositories/repository.ts";
import { buildUsage } from "./cost.ts";
import { count, optional, secondsSince, timestamp } from "./section.ts";

export interface LogFileReading {
  readonly sizeBytes: number;
  readonly modifiedAtMs: number;
  /** Null if the content is not read. */
  readonly recentLines: number | null;
  readonly recentDistinctLines: number | null;
}

/** What the machine shows of one agent, besides its row. */
export interface AgentSignals {
  readonly observation: Observation;
  readonly log: LogFileReading | null;
}

/** `signals` has one entry for each running row, in their order. Null: the agent runs on another host. */
export function buildAgents(
  rows: AgentRows,
  signals: readonly (AgentSignals | null)[],
  nowMs: number,
): AgentsSection {
  const section = create(AgentsSectionSchema, {
    runningOmitted: count(rows.total - rows.running.length, "the number of omitted agents"),
  });
  section.finished = (rows.finished ?? []).map(buildFinishedRun);
  section.running = rows.running.map((row, index) => buildAgent(row, signals[index] ?? null, nowMs));
  return section;
}

function buildAgent(row: AgentRow, signals: AgentSignals | null, nowMs: number): RunningAgent {
  const process = signals?.observation.process ?? null;
  return {
    $typeName: "orchestrator.metrics.v1.RunningAgent",
    runId: row.runId,
    taskId: row.taskId ?? "",
    jobId: row.jobId ?? "",
    agent: row.agent,
    model: row.model ?? "",
    host: row.host ?? "",
    taskStage: optional(row.taskStage),
    jobStatus: optional(row.jobStatus),
    pid: validPid(row.pid),
    startedAt: timestamp(row.startedAtMs),
    runtimeSeconds: secondsSince(row.startedAtMs, nowMs),
    heartbeatAt: timestamp(row.heartbeatAtMs),
    progressAt: timestamp(row.progressAtMs ?? null),
    contextTokens: row.contextTokens ?? undefined,
    contextWindowTokens: row.contextWindowTokens ?? undefined,
    log: signals?.log ? buildLog(signals.log) : undefined,
    cpuTicks:
      process && signals?.observation.presence !== "zombie"
        ? process.userTicks + process.systemTicks
        : undefined,
    presence: signals ? (row.presence ?? signals.observation.presence) : "other_host",
    process: process ? buildProcess(process) : undefined,
    usage: buildUsage(row, 1),
  };
}

function buildFinishedRun(row: FinishedRunRow): FinishedRun {
  return {
    $typeName: "orchestrator.metrics.v1.FinishedRun",
    runId: row.runId,
    taskId: row.taskId ?? "",
    agent: row.agent,
    model: row.model ?? "",
    startedAt: timestamp(row.startedAtMs),
    finishedAt: timestamp(row.finishedAtMs),
    exitCode: optional(row.exitCode),
    usage: buildUsage(row, 1),
  };
}

function buildLog(log: LogFileReading): LogFile {
  const { sizeBytes, modifiedAtMs, recentLines, recentDistinctLines } = log;
  return {
    $typeName: "orchestrator.metrics.v1.LogFile",
    sizeBytes,
    modifiedAt: timestamp(modifiedAtMs),
    recentLines: optional(recentLines),
    recentDistinctLines: optional(recentDistinctLines),
  };
}

/** Passes on more than the message has: `create` takes only its own fields. */
function buildProcess({ startedAtMs, connections, ...process }: ProcessReading): AgentProcess {
  return create(AgentProcessSchema, {
    ...process,
    startedAt: timestamp(startedAtMs),
    connections: connections && { ...connections, readAt: timestamp(connections.readAtMs) },
  });
}
