/**
 * One collection: reads every source once and builds the envelope. It never raises; what breaks degrades
 * its own section.
 */
import { create } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import {
  AgentsSectionSchema,
  BreakersPartSchema,
  CostSectionSchema,
  GatesPartSchema,
  type GetMetricsResponse,
  GetMetricsResponseSchema,
  QueueSectionSchema,
  StagesSectionSchema,
} from "../../gen/orchestrator/metrics/v1/metrics_pb.js";
import type { Procfs } from "../procfs/process.ts";
import type { AgentRows, PartName, Repository, Snapshot } from "../repositories/repository.ts";
import { type AgentSignals, buildAgents, type LogFileReading } from "./agents.ts";
import { buildCost } from "./cost.ts";
import { buildBreakers, buildGates } from "./guards.ts";
import { buildQueue } from "./queue.ts";
import { faultOf, type OnUnexpected, section } from "./section.ts";
import { buildStages } from "./stages.ts";
import { sectionError } from "./values.ts";

export const SCHEMA_VERSION = 1;

export const SECTION_NAMES = ["stages", "queue", "agents", "cost"] as const;
export type SectionName = (typeof SECTION_NAMES)[number];

const PARTS_OF: Readonly<Record<SectionName, readonly PartName[]>> = {
  stages: ["stages"],
  queue: ["queue", "breakers", "gates"],
  agents: ["agents"],
  cost: ["cost"],
};

/** Everything that a collection touches. */
export interface CollectSources {
  readonly repository: Repository;
  readonly procfs: Procfs;
  /** stat(2) of a log file; null where there is none or it cannot be read. Never rejects. */
  readonly statLog: (path: string) => Promise<LogFileReading | null>;
  readonly instance: string;
  /** The name by which the orchestrator calls this host in `agent_runs.host`. */
  readonly localHost: string;
  /** Unix epoch milliseconds. */
  readonly now: () => number;
  readonly onUnexpected: OnUnexpected;
}

/** Collects the sections named. Resolves always. */
export async function collect(
  sources: CollectSources,
  sections: readonly SectionName[],
): Promise<GetMetricsResponse> {
  const started = performance.now();
  const snapshot = await readRows(sources, sections);
  const signals = await readSignals(sources, snapshot);
  const nowMs = sources.now();
  return create(GetMetricsResponseSchema, {
    schemaVersion: SCHEMA_VERSION,
    generatedAt: timestampFromMs(nowMs),
    clkTck: sources.procfs.clockTicksPerSecond,
    bootId: sources.procfs.bootId,
    instance: sources.instance,
    sourceEpoch: snapshot.sourceEpoch,
    ...buildSections(snapshot, signals, new Set(sections), nowMs, sources.onUnexpected),
    collectSeconds: Math.round((performance.now() - started) * 1000) / 1e6,
  });
}

async function readRows(sources: CollectSources, sections: readonly SectionName[]): Promise<Snapshot> {
  const parts = sections.flatMap((name) => PARTS_OF[name]);
  try {
    return await sources.repository.read(parts);
  } catch (error) {
    const fault = faultOf("database", error, sources.onUnexpected);
    return { sourceEpoch: "", parts: Object.fromEntries(parts.map((part) => [part, { ok: false, fault }])) };
  }
}

/** Reads the processes and log files of the running agents: one sweep of the process table for all of them. */
async function readSignals(
  sources: CollectSources,
  snapshot: Snapshot,
): Promise<readonly (AgentSignals | null)[]> {
  const reading = snapshot.parts.agents;
  if (!reading?.ok) return [];
  const rows: AgentRows = reading.value;
  const here = rows.running.filter((row) => isLocal(row.host, sources.localHost));
  // The system looks for the log files while this thread reads the processes.
  const statting = Promise.all(
    here.map((row) => (row.logPath === null ? null : sources.statLog(row.logPath))),
  );
  const observations = observe(sources, here);
  const logs = await statting;
  const signals = new Map(
    here.map((row, index) => [
      row,
      { observation: observations[index] ?? UNKNOWN, log: logs[index] ?? null },
    ]),
  );
  return rows.running.map((row) => signals.get(row) ?? null);
}

const UNKNOWN = { presence: "unknown", process: null } as const;

function observe(sources: CollectSources, rows: AgentRows["running"]) {
  try {
    return sources.procfs.observe(rows.map((row) => row.pid));
  } catch (error) {
    sources.onUnexpected("procfs", error);
    return [];
  }
}

function isLocal(host: string | null, localHost: string): boolean {
  return host === null || host === "" || host === localHost;
}

function buildSections(
  { parts }: Snapshot,
  signals: readonly (AgentSignals | null)[],
  wanted: ReadonlySet<SectionName>,
  nowMs: number,
  onUnexpected: OnUnexpected,
) {
  const guards = () => ({
    breakers: section(
      "breakers",
      parts.breakers,
      buildBreakers,
      (fault) => create(BreakersPartSchema, { error: sectionError(fault) }),
      onUnexpected,
    ),
    gates: section(
      "gates",
      parts.gates,
      buildGates,
      (fault) => create(GatesPartSchema, { error: sectionError(fault) }),
      onUnexpected,
    ),
  });
  const queue = () => {
    const guarded = guards();
    return section(
      "queue",
      parts.queue,
      (rows) => buildQueue(rows, nowMs, guarded),
      (fault) => create(QueueSectionSchema, { error: sectionError(fault), ...guarded }),
      onUnexpected,
    );
  };
  return {
    stages: wanted.has("stages")
      ? section(
          "stages",
          parts.stages,
          (rows) => buildStages(rows, nowMs),
          (fault) => create(StagesSectionSchema, { error: sectionError(fault) }),
          onUnexpected,
        )
      : undefined,
    queue: wanted.has("queue") ? queue() : undefined,
    agents: wanted.has("agents")
      ? section(
          "agents",
          parts.agents,
          (rows) => buildAgents(rows, signals, nowMs),
          (fault) => create(AgentsSectionSchema, { error: sectionError(fault) }),
          onUnexpected,
        )
      : undefined,
    cost: wanted.has("cost")
      ? section(
          "cost",
          parts.cost,
          buildCost,
          (fault) => create(CostSectionSchema, { error: sectionError(fault) }),
          onUnexpected,
        )
      : undefined,
  };
}
