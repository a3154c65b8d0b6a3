/** Active tasks, by the reference schema. */
import type { StageRows } from "../../repository.ts";
import { nullableText, nullableTime, number, text } from "../columns.ts";
import type { PartContext } from "../query.ts";

export function readStages({ query, terminalStages, maxItems }: PartContext): StageRows {
  const active = activeCondition(terminalStages);
  const counts = query(
    `SELECT stage, COUNT(*) AS tasks FROM tasks WHERE ${active} GROUP BY stage ORDER BY stage`,
  );
  const tasks = query(
    `SELECT CAST(id AS TEXT) AS id, work_item, stage, stage_entered_at FROM tasks
     WHERE ${active} ORDER BY stage_entered_at, id LIMIT ?`,
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

/** The stages that the reference schema's partial index leaves out. */
const NOT_INDEXED = ["done", "failed", "cancelled"];

/**
 * Literals, not bound values: SQLite uses the partial index only where it can prove the index's own condition,
 * which more terminal stages than its three would hide.
 */
function activeCondition(terminalStages: readonly string[]): string {
  const notIn = (stages: readonly string[]) =>
    `stage NOT IN (${stages.map((stage) => `'${stage.replaceAll("'", "''")}'`).join(", ")})`;
  const more = terminalStages.filter((stage) => !NOT_INDEXED.includes(stage));
  const hasAll = NOT_INDEXED.every((stage) => terminalStages.includes(stage));
  return hasAll ? `${notIn(NOT_INDEXED)} AND ${notIn(more)}` : notIn(terminalStages);
}
