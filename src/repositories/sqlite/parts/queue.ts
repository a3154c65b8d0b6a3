/** Jobs by status, their ages and retries, by the reference schema. */
import type { QueueRows } from "../../repository.ts";
import { type Cells, nullableTime, number, refuseMistyped, text } from "../columns.ts";
import { only, type PartContext, timeText } from "../query.ts";

const OPEN = `
  SELECT status, COUNT(*) AS jobs, COUNT(*) FILTER (WHERE attempts >= 2) AS retried_jobs,
    TOTAL(attempts) AS attempts_total, 0 AS exhausted_jobs,
    COUNT(*) FILTER (WHERE typeof(attempts) <> 'integer') AS mistyped
  FROM jobs WHERE status IN ('queued', 'running') GROUP BY status`;

const AGES = `
  SELECT
    (SELECT MIN(available_at) FROM jobs WHERE status = 'queued') AS available_at,
    (SELECT MIN(started_at) FROM jobs WHERE status = 'running') AS started_at`;

const DELAYED = `
  SELECT COUNT(*) AS delayed_jobs, MIN(available_at) AS available_at FROM jobs
  WHERE status = 'queued' AND available_at > ?`;

export function readQueue({ query, history, highestIds, nowMs }: PartContext): QueueRows {
  const finished = history.read("jobs", query, nowMs, highestIds);
  const groups = [...finished, ...query(OPEN)];
  for (const group of groups) refuseMistyped(group, "mistyped", "jobs.attempts");
  const failed = finished.filter(({ status }) => status === "failed");
  const ages = only(query(AGES));
  const delayed = only(query(DELAYED, timeText(nowMs)));
  const firstAvailableAtMs = nullableTime(ages, "available_at");
  return {
    counts: groups.map((row) => ({ status: text(row, "status"), jobs: number(row, "jobs") })),
    // Waiting since it could have started: a job in its retry's back-off does not wait yet.
    oldestQueuedAtMs: firstAvailableAtMs !== null && firstAvailableAtMs <= nowMs ? firstAvailableAtMs : null,
    oldestRunningAtMs: nullableTime(ages, "started_at"),
    retriedJobs: sum(groups, "retried_jobs"),
    attemptsTotal: sum(groups, "attempts_total"),
    exhaustedJobs: sum(failed, "exhausted_jobs"),
    delayedJobs: number(delayed, "delayed_jobs"),
    nextAvailableAtMs: nullableTime(delayed, "available_at"),
    historyAsOfMs: history.asOfMs("jobs", nowMs),
  };
}

function sum(rows: readonly Cells[], column: string): number {
  return rows.reduce((total, row) => total + number(row, column), 0);
}
