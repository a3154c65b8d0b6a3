/** Reads active tasks. */
import type { StageRow, StageRows } from "../../repository.ts";
import { rowOf, text, whole } from "../columns.ts";
import type { PartContext } from "../part-context.ts";
import { query, type StatementGenerator } from "../statements.ts";

export function* readStages(context: PartContext): StatementGenerator<StageRows> {
  const { source, terminalStages, maxItems } = context;
  const active = `FROM ${source.from("stages")} WHERE ${activeCondition(terminalStages, source.profile.terminalStages)}`;
  const counts = yield* query(
    "stages",
    `SELECT ${source.boundedColumn("stages", "stage")}, COUNT(*) AS tasks ${active} GROUP BY stage ORDER BY stage`,
  );
  // With a bound limit, SQLite would prepare the SELECT again each time.
  const tasks = yield* query(
    "stages",
    `SELECT ${source.bounded("stages")} ${active} ORDER BY entered_at_ms NULLS FIRST, task_id LIMIT ${maxItems}`,
  );
  return {
    counts: counts.map((row) => ({ stage: text(row, "stage"), tasks: whole(row, "tasks") })),
    tasks: tasks.map((row) => rowOf<StageRow>(source, "stages", row)),
  };
}

/**
 * Uses literals instead of bound values. A database uses a partial index only if it can prove the index's condition,
 * which a list with more terminal stages than the profile's would prevent.
 */
export function activeCondition(terminal: readonly string[], own: readonly string[]): string {
  const notIn = (stages: readonly string[]) =>
    stages.length === 0
      ? "TRUE"
      : `stage NOT IN (${stages.map((stage) => `'${stage.replaceAll("'", "''")}'`).join(", ")})`;
  const hasAll = own.every((stage) => terminal.includes(stage));
  return hasAll
    ? `${notIn(own)} AND ${notIn(terminal.filter((stage) => !own.includes(stage)))}`
    : notIn(terminal);
}
