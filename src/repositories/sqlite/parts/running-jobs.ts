/** Running jobs, by the reference schema. */
import type { RunningJobRow } from "../../repository.ts";
import { nullableText, nullableTime, text } from "../columns.ts";
import type { PartContext } from "../query.ts";

const RUNNING = `
  SELECT CAST(id AS TEXT) AS id, CAST(task_id AS TEXT) AS task_id, kind, started_at FROM jobs
  WHERE status = 'running' ORDER BY started_at, id LIMIT ?`;

export function readRunningJobs({ query, maxItems }: PartContext): readonly RunningJobRow[] {
  return query(RUNNING, maxItems).map((row) => ({
    jobId: text(row, "id"),
    taskId: nullableText(row, "task_id"),
    kind: text(row, "kind"),
    startedAtMs: nullableTime(row, "started_at"),
  }));
}
