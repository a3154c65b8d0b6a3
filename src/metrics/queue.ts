/** The queue section: jobs by status, their ages and retries. */
import { create } from "@bufbuild/protobuf";
import {
  type BreakersPart,
  type GatesPart,
  type QueueSection,
  QueueSectionSchema,
} from "../../gen/orchestrator/metrics/v1/metrics_pb.js";
import type { QueueRows } from "../repositories/repository.ts";
import { count, secondsSince, timestamp } from "./values.ts";

/** The statuses that are always there: for these, no row means none. */
const STATUSES = ["queued", "running", "done", "failed", "cancelled"] as const;

export function jobCounts(rows: Pick<QueueRows, "counts">): Record<string, number> {
  const counts: Record<string, number> = Object.fromEntries(STATUSES.map((status) => [status, 0]));
  for (const { status, jobs } of rows.counts) counts[status] = count(jobs, "the number of jobs");
  return counts;
}

export function buildQueue(
  rows: QueueRows,
  nowMs: number,
  guards: { readonly breakers: BreakersPart; readonly gates: GatesPart },
): QueueSection {
  return create(QueueSectionSchema, {
    counts: jobCounts(rows),
    oldestQueuedAt: timestamp(rows.oldestQueuedAtMs),
    oldestQueuedSeconds: secondsSince(rows.oldestQueuedAtMs, nowMs),
    oldestRunningAt: timestamp(rows.oldestRunningAtMs),
    oldestRunningSeconds: secondsSince(rows.oldestRunningAtMs, nowMs),
    retries: {
      retriedJobs: count(rows.retriedJobs, "the number of retried jobs"),
      attemptsTotal: count(rows.attemptsTotal, "the sum of attempts"),
      exhaustedJobs: count(rows.exhaustedJobs, "the number of exhausted jobs"),
      delayedJobs: count(rows.delayedJobs, "the number of delayed jobs"),
      nextAvailableAt: timestamp(rows.nextAvailableAtMs),
    },
    breakers: guards.breakers,
    gates: guards.gates,
    historyAsOf: timestamp(rows.historyAsOfMs),
  });
}
