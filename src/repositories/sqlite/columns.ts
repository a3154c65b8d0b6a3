/**
 * Cells of a result as typed values. SQLite keeps whatever type was written, whatever the column declares
 * (sqlite.org/flexibletypegood.html), so each cell is checked. A wrong one is a `data_loss` SourceError that
 * names the column and the type met, never the value.
 */
import { SourceError } from "../fault.ts";

export type Cells = Readonly<Record<string, unknown>>;

/** RFC 3339 with an offset: what has none would be read as local time. */
const TIME = /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$/;

export function text(row: Cells, column: string): string {
  const value = row[column];
  return typeof value === "string" ? value : wrong(column, value, "text");
}

export function nullableText(row: Cells, column: string): string | null {
  return row[column] === null ? null : text(row, column);
}

/** A finite number; whole or not. */
export function number(row: Cells, column: string): number {
  const value = row[column];
  return typeof value === "number" && Number.isFinite(value)
    ? value
    : wrong(column, value, "a finite number");
}

export function nullableNumber(row: Cells, column: string): number | null {
  return row[column] === null ? null : number(row, column);
}

/** Unix epoch milliseconds. */
export function time(row: Cells, column: string): number {
  const value = row[column];
  const ms = typeof value === "string" && TIME.test(value) ? Date.parse(value) : Number.NaN;
  return Number.isNaN(ms) ? wrong(column, value, "an RFC 3339 time in UTC") : ms;
}

export function nullableTime(row: Cells, column: string): number | null {
  return row[column] === null ? null : time(row, column);
}

/** Refuses a sum when cells that it went over had another type: SUM takes text for 0 without a word. */
export function refuseMistyped(row: Cells, column: string, summed: string): void {
  const mistyped = number(row, column);
  if (mistyped > 0) {
    throw new SourceError({
      code: "data_loss",
      message: `${summed} holds something else than a number in ${mistyped} rows`,
    });
  }
}

function wrong(column: string, value: unknown, expected: string): never {
  throw new SourceError({
    code: "data_loss",
    message: `column ${column} holds ${typeName(value)} where ${expected} is expected`,
  });
}

function typeName(value: unknown): string {
  if (value === null) return "NULL";
  if (value === undefined) return "nothing";
  if (Buffer.isBuffer(value)) return "a blob";
  if (typeof value === "number") return Number.isFinite(value) ? "a number" : "an infinite number";
  return typeof value === "string" ? "other text" : `a ${typeof value}`;
}
