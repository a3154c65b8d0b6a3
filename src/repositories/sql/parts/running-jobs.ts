/** Running jobs. */
import type { RunningJobRow } from "../../repository.ts";
import { type Asking, ask } from "../asking.ts";
import { nullableText, nullableTime, nullableWhole, text } from "../columns.ts";
import type { PartContext } from "../part-context.ts";

export function* readRunningJobs({ source, maxItems }: PartContext): Asking<readonly RunningJobRow[]> {
  const rows = yield* ask(
    "queue_running",
    `SELECT ${source.bounded("queue_running")} FROM ${source.from("queue_running")}
     ORDER BY started_at_ms NULLS FIRST, job_id LIMIT ${source.dialect.value(1)}`,
    maxItems,
  );
  return rows.map((row) => ({
    jobId: text(row, "job_id"),
    taskId: nullableText(row, "task_id"),
    kind: nullableText(row, "kind"),
    startedAtMs: nullableTime(row, "started_at_ms"),
    attempts: nullableWhole(row, "attempts"),
    maxAttempts: nullableWhole(row, "max_attempts"),
  }));
}
