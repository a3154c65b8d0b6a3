/** Totals from the times of unfinished jobs, for each status of `jobs`. */
import { columnsOf, isTime } from "../../../profiles/contract.ts";
import type { QueueRows } from "../../repository.ts";
import type { Cells } from "../columns.ts";
import { timeInRange } from "../ranges.ts";
import type { Dialect, Source } from "../source.ts";

const TIMES = columnsOf("jobs").filter(({ name }) => isTime(name));

/** SQL by column. A value that cannot be read as a time is greater than every time, and so counts as not yet reached. */
export function ages({ now, greatest }: Dialect): Readonly<Record<string, string>> {
  const isDelayed = `status = 'queued' AND available_at_ms > ${now}`;
  const since = `${greatest}(${TIMES.map(({ name }) => `coalesce(${name}, 0)`).join(", ")})`;
  return {
    oldest_queued_at_ms: `MIN(nullif(${since}, 0)) FILTER (WHERE status = 'queued' AND (available_at_ms > ${now}) IS NOT TRUE)`,
    oldest_running_at_ms: "MIN(started_at_ms) FILTER (WHERE status = 'running')",
    delayed_jobs: `COUNT(*) FILTER (WHERE ${isDelayed})`,
    next_available_at_ms: `MIN(available_at_ms) FILTER (WHERE ${isDelayed})`,
    ...Object.fromEntries(TIMES.map(({ name }) => [`last_${name}`, `MAX(${name})`])),
  };
}

/**
 * Combines the totals of all statuses. A job whose start time is before its creation has waited since its creation or
 * last start.
 */
export function agesIn(
  source: Source,
  rows: readonly Cells[],
  nowMs: number,
): Pick<QueueRows, "oldestQueuedAtMs" | "oldestRunningAtMs" | "delayedJobs" | "nextAvailableAtMs"> {
  for (const { name } of TIMES) {
    const lasts = rows.map((row) => row[`last_${name}`] ?? null).filter((time) => time !== null);
    if (lasts.some((time) => timeInRange(time) === null)) source.noteLeftOut("jobs", name);
  }
  const lowest = (column: string) => {
    const times = rows.map((row) => timeInRange(row[column])).filter((time) => time !== null);
    return times.length === 0 ? null : Math.min(...times);
  };
  const queued = lowest("oldest_queued_at_ms");
  const delayed = rows.reduce((sum, row) => sum + Number(row.delayed_jobs), 0);
  return {
    oldestQueuedAtMs: queued === null ? null : Math.min(queued, nowMs),
    oldestRunningAtMs: lowest("oldest_running_at_ms"),
    delayedJobs: source.returns("jobs", "available_at_ms") ? delayed : null,
    nextAvailableAtMs: lowest("next_available_at_ms"),
  };
}
