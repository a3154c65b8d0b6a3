/**
 * Builds the queue section: jobs by status, their ages and retries, and the parts with their own errors: running
 * jobs, circuit breakers and serial gates.
 */
import { create } from "@bufbuild/protobuf";
import {
  type BreakersPart,
  BreakersPartSchema,
  type GatesPart,
  GatesPartSchema,
  QueueRetriesSchema,
  type QueueSection,
  QueueSectionSchema,
  type RunningJobsPart,
  RunningJobsPartSchema,
} from "../../gen/orchestrator/metrics/v1/metrics_pb.js";
import type { BreakerRow, GateRow, QueueRows, RunningJobRow } from "../repositories/repository.ts";
import { count, optional, optionalCount, secondsSince, timestamp } from "./section.ts";

/** For these statuses no row means zero, if the source keeps them. */
const STATUSES = ["queued", "running", "done", "failed", "cancelled"] as const;

export function jobCounts(rows: Pick<QueueRows, "counts" | "unreported">): Record<string, number> {
  const reported = STATUSES.filter((status) => !rows.unreported.includes(status));
  return added([
    ...reported.map((status): [string, number] => [status, 0]),
    ...rows.counts.map(({ status, nativeStatus, jobs }): [string, number] => [
      status === "other" ? (nativeStatus ?? status) : status,
      jobs,
    ]),
  ]);
}

/** Adds values of the same name. Uses a Map, since a plain object already has a "constructor", which may also be a status. */
export function added(
  entries: readonly (readonly [string, number])[],
  what = "the number of jobs",
): Record<string, number> {
  const counts = new Map<string, number>();
  for (const [name, value] of entries) counts.set(name, count((counts.get(name) ?? 0) + value, what));
  return Object.fromEntries(counts);
}

export function buildRunningJobs(rows: readonly RunningJobRow[], nowMs: number): RunningJobsPart {
  return create(RunningJobsPartSchema, {
    items: rows.map((row) => ({
      jobId: row.jobId,
      taskId: optional(row.taskId),
      kind: optional(row.kind),
      startedAt: timestamp(row.startedAtMs),
      runningSeconds: secondsSince(row.startedAtMs, nowMs),
      attempts: optionalCount(row.attempts, "a running job's number of attempts"),
      maxAttempts: optionalCount(row.maxAttempts, "a running job's greatest number of attempts"),
    })),
  });
}

/** Builds the section without its parts, which have their own errors. */
export function buildQueue(rows: QueueRows, nowMs: number): QueueSection {
  return create(QueueSectionSchema, {
    counts: jobCounts(rows),
    oldestQueuedAt: timestamp(rows.oldestQueuedAtMs),
    oldestQueuedSeconds: secondsSince(rows.oldestQueuedAtMs, nowMs),
    oldestRunningAt: timestamp(rows.oldestRunningAtMs),
    oldestRunningSeconds: secondsSince(rows.oldestRunningAtMs, nowMs),
    retries: buildRetries(rows),
    historyAsOf: timestamp(rows.historyAsOfMs),
    nativeCounts: added(
      rows.counts.flatMap(({ nativeStatus, jobs }) => (nativeStatus === null ? [] : [[nativeStatus, jobs]])),
    ),
    ...delays(rows),
  });
}

/** These fields are in the section, and also among the retries, as in the first release. */
function delays({ delayedJobs, nextAvailableAtMs }: Pick<QueueRows, "delayedJobs" | "nextAvailableAtMs">) {
  return {
    delayedJobs: optionalCount(delayedJobs, "the number of delayed jobs"),
    nextAvailableAt: timestamp(nextAvailableAtMs),
  };
}

function buildRetries({ retries, ...rows }: QueueRows) {
  if (retries === null) return undefined;
  return create(QueueRetriesSchema, {
    retriedJobs: count(retries.retriedJobs, "the number of retried jobs"),
    attemptsTotal: optionalCount(retries.attemptsTotal, "the sum of attempts"),
    exhaustedJobs: optionalCount(retries.exhaustedJobs, "the number of exhausted jobs"),
    ...delays(rows),
    waitingRetry: optionalCount(retries.waitingRetry, "the number of jobs that wait for a retry"),
  });
}

export function buildBreakers(rows: readonly BreakerRow[]): BreakersPart {
  return create(BreakersPartSchema, {
    items: rows.map((row) => ({
      name: row.name,
      state: row.state,
      failures: optionalCount(row.failures, "a breaker's number of failures"),
      openedAt: timestamp(row.openedAtMs),
      retryAt: timestamp(row.retryAtMs),
      updatedAt: timestamp(row.updatedAtMs),
    })),
  });
}

export function buildGates(rows: readonly GateRow[]): GatesPart {
  return create(GatesPartSchema, {
    items: rows.map((row) => ({
      scope: row.scope,
      holderTaskId: optional(row.holderTaskId),
      acquiredAt: timestamp(row.acquiredAtMs),
      waiting: optionalCount(row.waiting, "a gate's number of waiting tasks"),
    })),
  });
}
