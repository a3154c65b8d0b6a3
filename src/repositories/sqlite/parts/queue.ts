/** Jobs by status, their ages and retries, by the reference schema. */
import type { QueueRows } from "../../repository.ts";
import { nullableTime, number, refuseMistyped, text } from "../columns.ts";
import { only, type PartContext, timeText } from "../query.ts";

const COUNTS = "SELECT status, COUNT(*) AS jobs FROM jobs GROUP BY status ORDER BY status";

const AGES = `
  SELECT
    (SELECT MIN(available_at) FROM jobs WHERE status = 'queued') AS available_at,
    (SELECT MIN(started_at) FROM jobs WHERE status = 'running') AS started_at`;

const DELAYED = `
  SELECT COUNT(*) AS delayed_jobs, MIN(available_at) AS available_at FROM jobs
  WHERE status = 'queued' AND available_at > ?`;

const RETRIES = `
  SELECT
    COUNT(*) FILTER (WHERE attempts >= 2) AS retried_jobs,
    TOTAL(attempts) AS attempts_total,
    COUNT(*) FILTER (WHERE status = 'failed' AND attempts >= max_attempts) AS exhausted_jobs,
    COUNT(*) FILTER (WHERE typeof(attempts) <> 'integer') AS mistyped
  FROM jobs`;

export function readQueue({ query, nowMs }: PartContext): QueueRows {
  const ages = only(query(AGES));
  const delayed = only(query(DELAYED, timeText(nowMs)));
  const retries = only(query(RETRIES));
  refuseMistyped(retries, "mistyped", "jobs.attempts");
  const firstAvailableAtMs = nullableTime(ages, "available_at");
  return {
    counts: query(COUNTS).map((row) => ({ status: text(row, "status"), jobs: number(row, "jobs") })),
    // Waiting since it could have started: a job in its retry's back-off does not wait yet.
    oldestQueuedAtMs: firstAvailableAtMs !== null && firstAvailableAtMs <= nowMs ? firstAvailableAtMs : null,
    oldestRunningAtMs: nullableTime(ages, "started_at"),
    retriedJobs: number(retries, "retried_jobs"),
    attemptsTotal: number(retries, "attempts_total"),
    exhaustedJobs: number(retries, "exhausted_jobs"),
    delayedJobs: number(delayed, "delayed_jobs"),
    nextAvailableAtMs: nullableTime(delayed, "available_at"),
    historyAsOfMs: nowMs,
  };
}
