/** Running jobs. */
import type { RunningJobRow } from "../../repository.ts";
import { nullableText, nullableTime, nullableWhole, text } from "../columns.ts";
import type { PartContext } from "../part-context.ts";
import { query, type StatementGenerator } from "../statements.ts";

export function* readRunningJobs({
  source,
  maxItems,
}: PartContext): StatementGenerator<readonly RunningJobRow[]> {
  const rows = yield* query(
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
