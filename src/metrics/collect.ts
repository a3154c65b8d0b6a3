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
  RunningJobsPartSchema,
  StagesSectionSchema,
} from "../../gen/orchestrator/metrics/v1/metrics_pb.js";
import type { PartName, Repository, Snapshot } from "../repositories/repository.ts";
import { type AgentSignals, buildAgents } from "./agents.ts";
import { buildCost } from "./cost.ts";
import { buildBreakers, buildGates } from "./guards.ts";
import { buildQueue, buildRunningJobs } from "./queue.ts";
import { faultOf, type OnUnexpected, section } from "./section.ts";
import { type SignalSources, signalReader } from "./signals.ts";
import { buildStages } from "./stages.ts";
import { sectionError } from "./values.ts";

export const SCHEMA_VERSION = 1;

export const SECTION_NAMES = ["stages", "queue", "agents", "cost"] as const;
export type SectionName = (typeof SECTION_NAMES)[number];

const PARTS_OF: Readonly<Record<SectionName, readonly PartName[]>> = {
  stages: ["stages"],
  queue: ["queue", "runningJobs", "breakers", "gates"],
  agents: ["agents"],
  cost: ["cost"],
};

/** Everything that a collection touches. */
export interface CollectSources extends SignalSources {
  readonly repository: Repository;
  readonly instance: string;
  /** Unix epoch milliseconds. */
  readonly now: () => number;
}

/** A function that collects the sections named. It resolves always. */
export function createCollector(
  sources: CollectSources,
): (sections: readonly SectionName[]) => Promise<GetMetricsResponse> {
  const beginSignals = signalReader(sources);
  return async (sections) => {
    const started = performance.now();
    const reading = readRows(sources, sections);
    const finishSignals = sections.includes("agents") ? beginSignals() : undefined;
    const snapshot = await reading;
    const { agents } = snapshot.parts;
    const signals = (agents?.ok && (await finishSignals?.(agents.value.running))) || [];
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
  };
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

function buildSections(
  { parts }: Snapshot,
  signals: readonly (AgentSignals | null)[],
  wanted: ReadonlySet<SectionName>,
  nowMs: number,
  onUnexpected: OnUnexpected,
) {
  const queueParts = () => ({
    running: section(
      "running jobs",
      parts.runningJobs,
      (rows) => buildRunningJobs(rows, nowMs),
      (fault) => create(RunningJobsPartSchema, { error: sectionError(fault) }),
      onUnexpected,
    ),
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
    const within = queueParts();
    return section(
      "queue",
      parts.queue,
      (rows) => buildQueue(rows, nowMs, within),
      (fault) => create(QueueSectionSchema, { error: sectionError(fault), ...within }),
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
