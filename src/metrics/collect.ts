/** Collects once: reads every source and builds the envelope. It never rejects: a failure affects only its own section. */
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
import { failedSnapshot, type PartName, type Repository, type Snapshot } from "../repositories/repository.ts";
import { ok } from "../repositories/source-failure.ts";
import { type AgentSignals, buildAgents } from "./agents.ts";
import { buildCost } from "./cost.ts";
import type { FindProcesses } from "./find-processes.ts";
import { buildBreakers, buildGates, buildQueue, buildRunningJobs } from "./queue.ts";
import { failureOf, type OnUnexpected, section } from "./section.ts";
import { readSignals, type SignalSources } from "./signals.ts";
import { buildStages } from "./stages.ts";

export const SCHEMA_VERSION = 1;

/** The data from which a section is built. */
interface Rows {
  readonly parts: Snapshot["parts"];
  readonly signals: readonly (AgentSignals | null)[];
  readonly nowMs: number;
  readonly onUnexpected: OnUnexpected;
}

/** The sections of the envelope: the parts of the store that each needs, and how it is built from them. */
const SECTIONS = {
  stages: {
    parts: ["stages"],
    build: ({ parts, nowMs, onUnexpected }: Rows) =>
      section("stages", StagesSectionSchema, parts.stages, onUnexpected, (rows) => buildStages(rows, nowMs)),
  },
  queue: {
    parts: ["queue", "runningJobs", "breakers", "gates"],
    build: ({ parts, nowMs, onUnexpected }: Rows) =>
      Object.assign(
        section("queue", QueueSectionSchema, parts.queue, onUnexpected, (rows) => buildQueue(rows, nowMs)),
        {
          running: section("running jobs", RunningJobsPartSchema, parts.runningJobs, onUnexpected, (rows) =>
            buildRunningJobs(rows, nowMs),
          ),
          breakers: section("breakers", BreakersPartSchema, parts.breakers, onUnexpected, buildBreakers),
          gates: section("gates", GatesPartSchema, parts.gates, onUnexpected, buildGates),
        },
      ),
  },
  agents: {
    parts: ["agents"],
    build: ({ parts, signals, nowMs, onUnexpected }: Rows) =>
      section("agents", AgentsSectionSchema, parts.agents, onUnexpected, (rows) =>
        buildAgents(rows, signals, nowMs),
      ),
  },
  cost: {
    parts: ["cost"],
    build: ({ parts, onUnexpected }: Rows) =>
      section("cost", CostSectionSchema, parts.cost, onUnexpected, buildCost),
  },
} as const satisfies Record<string, { parts: readonly PartName[]; build: (rows: Rows) => unknown }>;

export type SectionName = keyof typeof SECTIONS;
export const SECTION_NAMES = Object.keys(SECTIONS) as readonly SectionName[];

/** The sources of a collection. */
export interface CollectSources extends SignalSources {
  readonly repository: Repository;
  /** Default: only processes with a recorded pid are shown. */
  readonly findProcesses?: FindProcesses | undefined;
  readonly instance: string;
  /** Unix epoch milliseconds. */
  readonly now: () => number;
}

/** Collects the named sections. Never rejects. */
export async function collect(
  sources: CollectSources,
  sections: readonly SectionName[],
): Promise<GetMetricsResponse> {
  const started = performance.now();
  const { sourceEpoch, parts: read } = await readRows(sources, sections);
  const found = read.agents?.ok && (await sources.findProcesses?.(read.agents.value));
  const parts = found ? { ...read, agents: ok(found) } : read;
  const signals = parts.agents?.ok ? await readSignals(sources, parts.agents.value.running) : [];
  const nowMs = sources.now();
  const rows: Rows = { parts, signals, nowMs, onUnexpected: sources.onUnexpected };
  return create(GetMetricsResponseSchema, {
    schemaVersion: SCHEMA_VERSION,
    generatedAt: timestampFromMs(nowMs),
    clkTck: sources.procfs.clockTicksPerSecond,
    bootId: sources.procfs.bootId,
    instance: sources.instance,
    sourceEpoch,
    ...Object.fromEntries(sections.map((name) => [name, SECTIONS[name].build(rows)])),
    collectSeconds: Math.round((performance.now() - started) * 1000) / 1e6,
  });
}

async function readRows(sources: CollectSources, sections: readonly SectionName[]): Promise<Snapshot> {
  const parts = sections.flatMap((name): readonly PartName[] => SECTIONS[name].parts);
  try {
    return await sources.repository.read(parts);
  } catch (error) {
    return failedSnapshot(parts, failureOf("database", error, sources.onUnexpected));
  }
}
