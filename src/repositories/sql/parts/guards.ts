/** Circuit breakers and serial gates. */
import type { BreakerRow, GateRow } from "../../repository.ts";
import { nullableText, nullableTime, nullableWhole, text } from "../columns.ts";
import type { PartContext } from "../part-context.ts";
import { query, type StatementGenerator } from "../statements.ts";

export function* readBreakers({ source, maxItems }: PartContext): StatementGenerator<readonly BreakerRow[]> {
  const rows = yield* query(
    "breakers",
    `SELECT ${source.bounded("breakers")} FROM ${source.from("breakers")} ORDER BY name LIMIT ${source.dialect.value(1)}`,
    maxItems,
  );
  return rows.map((row) => ({
    name: text(row, "name"),
    state: text(row, "state"),
    failures: nullableWhole(row, "failures") ?? 0,
    openedAtMs: nullableTime(row, "opened_at_ms"),
    retryAtMs: nullableTime(row, "retry_at_ms"),
    updatedAtMs: nullableTime(row, "updated_at_ms"),
  }));
}

export function* readGates({ source, maxItems }: PartContext): StatementGenerator<readonly GateRow[]> {
  const rows = yield* query(
    "gates",
    `SELECT ${source.bounded("gates")} FROM ${source.from("gates")} ORDER BY scope LIMIT ${source.dialect.value(1)}`,
    maxItems,
  );
  return rows.map((row) => ({
    scope: text(row, "scope"),
    holderTaskId: nullableText(row, "holder_task_id"),
    acquiredAtMs: nullableTime(row, "acquired_at_ms"),
    waiting: nullableWhole(row, "waiting") ?? 0,
  }));
}
