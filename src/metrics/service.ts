/** The operations that the transports offer: the envelope, `/status`, `/queue`, and readiness. Independent of HTTP. */
import { create } from "@bufbuild/protobuf";
import type { GetMetricsResponse } from "../../gen/orchestrator/metrics/v1/metrics_pb.js";
import {
  type QueueResponse,
  QueueResponseSchema,
  type StatusResponse,
  StatusResponseSchema,
} from "../../gen/orchestrator/status/v1/status_pb.js";
import type { Repository } from "../repositories/repository.ts";
import { type Reading, SourceError, type SourceFailure } from "../repositories/source-failure.ts";
import { coalesce } from "./coalesce.ts";
import { type CollectSources, collect, SECTION_NAMES, type SectionName } from "./collect.ts";
import { jobCounts } from "./queue.ts";
import { count, failureOf, timestamp } from "./section.ts";

/** A mask names an unknown section. */
export class UnknownSectionError extends Error {
  constructor(path: string) {
    super(`read_mask: unknown section "${path}": use ${SECTION_NAMES.join(", ")}`);
    this.name = "UnknownSectionError";
  }
}

export interface MetricsService {
  /**
   * Resolves with the envelope of the sections that the mask names. An empty mask names all. Overlapping calls share
   * one collection. Throws UnknownSectionError for any other path.
   */
  metrics(maskPaths: readonly string[]): Promise<GetMetricsResponse>;
  /** `GET /status`. Rejects with SourceError if the tasks cannot be read. */
  status(): Promise<StatusResponse>;
  /** `GET /queue`. Rejects with SourceError if the jobs cannot be read. */
  queue(): Promise<QueueResponse>;
  /** Resolves with undefined once the store can be read. Overlapping calls share one check. */
  notReady(): Promise<SourceFailure | undefined>;
}

/** Calls `onEnvelope` once for each collection, however many calls share it. */
export function createMetricsService(
  sources: CollectSources,
  onEnvelope: (envelope: GetMetricsResponse) => void = () => {},
): MetricsService {
  const shared = coalesce(async (key: string) => {
    const envelope = await collect(sources, key.split(",") as SectionName[]);
    onEnvelope(envelope);
    return envelope;
  });
  const readiness = coalesce(() => notReady(sources));
  return {
    metrics: async (maskPaths) => shared(sectionsOf(maskPaths).join(",")),
    status: async () => status(sources.repository),
    queue: async () => queue(sources.repository),
    notReady: () => readiness("ready"),
  };
}

/** Returns the sections in the contract's order without duplicates, so that equivalent masks share a collection. */
function sectionsOf(maskPaths: readonly string[]): readonly SectionName[] {
  const wanted = new Set<string>(maskPaths);
  for (const path of wanted) {
    if (!SECTION_NAMES.some((name) => name === path)) throw new UnknownSectionError(path);
  }
  return wanted.size === 0 ? SECTION_NAMES : SECTION_NAMES.filter((name) => wanted.has(name));
}

async function status(repository: Repository): Promise<StatusResponse> {
  const { parts } = await repository.read(["stages"]);
  const { counts } = valueIn(parts.stages);
  const sorted = counts.toSorted((a, b) => (a.stage < b.stage ? -1 : 1));
  return create(StatusResponseSchema, {
    activeTasks: count(
      counts.reduce((sum, { tasks }) => sum + tasks, 0),
      "the number of active tasks",
    ),
    stages: Object.fromEntries(sorted.map(({ stage, tasks }) => [stage, tasks])),
  });
}

async function queue(repository: Repository): Promise<QueueResponse> {
  const { parts } = await repository.read(["queue", "runningJobs"]);
  return create(QueueResponseSchema, {
    counts: jobCounts(valueIn(parts.queue)),
    running: valueIn(parts.runningJobs).map((job) => ({
      jobId: job.jobId,
      taskId: job.taskId ?? "",
      kind: job.kind ?? "",
      startedAt: timestamp(job.startedAtMs),
    })),
  });
}

/** The store is ready if any part can be read: a failed table affects only its own section. */
async function notReady(sources: CollectSources): Promise<SourceFailure | undefined> {
  try {
    const { parts, sourceEpoch } = await sources.repository.read(["stages", "runningJobs", "agents"]);
    const failures = Object.values(parts).flatMap((reading) => (reading.ok ? [] : [reading.failure]));
    if (failures.length < Object.keys(parts).length) return undefined;
    // A profile may map none of these parts.
    const isRead = sourceEpoch !== "";
    return failures.find(({ code }) => !isRead || code !== "unimplemented");
  } catch (error) {
    return failureOf("ready", error, sources.onUnexpected);
  }
}

function valueIn<T>(reading: Reading<T> | undefined): T {
  if (reading?.ok) return reading.value;
  throw new SourceError(reading?.failure ?? { code: "internal", message: "the source returned no result" });
}
