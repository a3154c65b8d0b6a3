/** What a part may ask of a connection, whichever driver stands behind it. */
import type { Cells } from "./columns.ts";
import type { HighestIds, History } from "./history/history.ts";

/** Runs a SELECT to its end and gives its rows: a cursor left open would hold up the writer. */
export type Query = (sql: string, ...values: readonly (string | number | bigint)[]) => readonly Cells[];

export interface PartContext {
  readonly query: Query;
  readonly nowMs: number;
  readonly maxItems: number;
  readonly terminalStages: readonly string[];
  readonly history: History;
  readonly highestIds: HighestIds;
}

/** The single row of an aggregate. */
export function only(rows: readonly Cells[]): Cells {
  return rows[0] ?? {};
}

/** A time as the reference schema writes it, so that text order is time order. */
export function timeText(ms: number): string {
  return new Date(ms).toISOString();
}
