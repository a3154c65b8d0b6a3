/** Active tasks, by the reference schema. */
import type { StageRows } from "../../repository.ts";
import { nullableText, nullableTime, number, text } from "../columns.ts";
import type { PartContext } from "../query.ts";

export function readStages({ query, terminalStages, maxItems }: PartContext): StageRows {
  // Literals, not bound values: SQLite uses the partial index only where it can prove the same condition.
  const terminal = terminalStages.map((stage) => `'${stage.replaceAll("'", "''")}'`).join(", ");
  const counts = query(
    `SELECT stage, COUNT(*) AS tasks FROM tasks WHERE stage NOT IN (${terminal}) GROUP BY stage ORDER BY stage`,
  );
  const tasks = query(
    `SELECT CAST(id AS TEXT) AS id, work_item, stage, stage_entered_at FROM tasks
     WHERE stage NOT IN (${terminal}) ORDER BY stage_entered_at, id LIMIT ?`,
    maxItems,
  );
  return {
    counts: counts.map((row) => ({ stage: text(row, "stage"), tasks: number(row, "tasks") })),
    tasks: tasks.map((row) => ({
      taskId: text(row, "id"),
      workItem: nullableText(row, "work_item"),
      stage: text(row, "stage"),
      enteredAtMs: nullableTime(row, "stage_entered_at"),
    })),
  };
}
