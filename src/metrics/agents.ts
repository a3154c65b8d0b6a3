/**
 * The agents section: each running agent's row joined with its process and its log file. Raw signals only;
 * whether an agent hangs is for the reader of two envelopes to say.
 */
import { create } from "@bufbuild/protobuf";
import {
  type AgentProcess,
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

/** What stat(2) tells of a log file. */
export interface LogFileReading {
  readonly sizeBytes: number;
  readonly modifiedAtMs: number;
}

/** What the machine tells of one agent, beside its row. */
export interface AgentSignals {
  readonly observation: Observation;
  readonly log: LogFileReading | null;
}

/** `signals` has one entry for each running row, in their order; null: the agent runs on another host. */
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
    log: signals?.log ? buildLog(signals.log) : undefined,
    cpuTicks:
      process && signals?.observation.presence !== "zombie"
        ? process.userTicks + process.systemTicks
        : undefined,
    presence: signals ? signals.observation.presence : "other_host",
    process: process ? buildProcess(process) : undefined,
    usage: buildUsage(row.usage),
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
    usage: buildUsage(row.usage),
  };
}

function buildLog({ sizeBytes, modifiedAtMs }: LogFileReading): LogFile {
  return {
    $typeName: "orchestrator.metrics.v1.LogFile",
    sizeBytes,
    modifiedAt: timestamp(modifiedAtMs),
  };
}

function buildProcess(process: ProcessReading): AgentProcess {
  const { descendants } = process;
  return {
    $typeName: "orchestrator.metrics.v1.AgentProcess",
    state: process.state,
    startedAt: timestamp(process.startedAtMs),
    startTicks: process.startTicks,
    userTicks: process.userTicks,
    systemTicks: process.systemTicks,
    reapedChildrenTicks: process.reapedChildrenTicks,
    threads: process.threads,
    residentMemoryBytes: process.residentMemoryBytes,
    voluntaryContextSwitches: optional(process.voluntaryContextSwitches),
    readChars: optional(process.readChars),
    writeChars: optional(process.writeChars),
    descendants: {
      $typeName: "orchestrator.metrics.v1.Descendants",
      processes: descendants.processes,
      ticks: descendants.ticks,
      residentMemoryBytes: descendants.residentMemoryBytes,
      voluntaryContextSwitches: optional(descendants.voluntaryContextSwitches),
      readChars: optional(descendants.readChars),
      writeChars: optional(descendants.writeChars),
    },
  };
}
