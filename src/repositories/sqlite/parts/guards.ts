/** Circuit breakers and serial gates, by the reference schema. */
import type { BreakerRow, GateRow } from "../../repository.ts";
import { nullableText, nullableTime, number, text } from "../columns.ts";
import type { PartContext } from "../query.ts";

const BREAKERS = `
  SELECT name, state, failures, opened_at, retry_at, updated_at FROM circuit_breakers
  ORDER BY name LIMIT ?`;

const GATES = `
  SELECT scope, CAST(holder_task_id AS TEXT) AS holder_task_id, acquired_at, waiting FROM serial_gates
  ORDER BY scope LIMIT ?`;

export function readBreakers({ query, maxItems }: PartContext): readonly BreakerRow[] {
  return query(BREAKERS, maxItems).map((row) => ({
    name: text(row, "name"),
    state: text(row, "state"),
    failures: number(row, "failures"),
    openedAtMs: nullableTime(row, "opened_at"),
    retryAtMs: nullableTime(row, "retry_at"),
    updatedAtMs: nullableTime(row, "updated_at"),
  }));
}

export function readGates({ query, maxItems }: PartContext): readonly GateRow[] {
  return query(GATES, maxItems).map((row) => ({
    scope: text(row, "scope"),
    holderTaskId: nullableText(row, "holder_task_id"),
    acquiredAtMs: nullableTime(row, "acquired_at"),
    waiting: number(row, "waiting"),
  }));
}
