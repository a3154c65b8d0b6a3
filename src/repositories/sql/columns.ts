/**
 * Cells of a result as typed values. SQLite keeps whatever type was written, whatever the column declares
 * (sqlite.org/flexibletypegood.html), so each cell is checked. A wrong one is a `data_loss` SourceError that
 * names the column and the type met, never the value.
 */
import type { Column } from "../../profiles/contract.ts";
import { SourceError } from "../source-failure.ts";
import { LONGEST_NAME_BYTES, LONGEST_TITLE_CHARACTERS, OVERLONG_NAME } from "./result-size.ts";

export type Cells = Readonly<Record<string, unknown>>;

/** A text by which things are told apart. */
export function text(row: Cells, column: string): string {
  const value = row[column];
  if (isOverlong(value)) {
    throw new SourceError({
      code: "data_loss",
      message: `column ${column} holds a text of more than ${LONGEST_NAME_BYTES / 1024} KiB, and a name is not cut: let the orchestrator, or the profile, shorten it`,
    });
  }
  return typeof value === "string" ? value : wrong(column, value, "text");
}

export function nullableText(row: Cells, column: string): string | null {
  return isUnknown(row, column) ? null : text(row, column);
}

/** A text that only people read. */
export function nullableTitle(row: Cells, column: string): string | null {
  const title = nullableText(row, column);
  if (title === null || title.length <= LONGEST_TITLE_CHARACTERS) return title;
  const characters = [...title];
  if (characters.length <= LONGEST_TITLE_CHARACTERS) return title;
  return `${characters.slice(0, LONGEST_TITLE_CHARACTERS - 1).join("")}…`;
}

/** An integer of any size, as text: CAST(… AS TEXT) of the column that is told where it is none. */
export function integerText(row: Cells, column: string, told = column): string {
  const value = row[column];
  return typeof value === "string" && /^-?\d+$/.test(value) ? value : wrong(told, value, "a whole number");
}

/** A finite number; whole or not. */
function number(row: Cells, column: string): number {
  const value = row[column];
  return typeof value === "number" && Number.isFinite(value)
    ? value
    : wrong(column, value, "a finite number");
}

export function nullableNumber(row: Cells, column: string): number | null {
  return isUnknown(row, column) ? null : number(row, column);
}

/** From 0 to 2^53 - 1. */
export function whole(row: Cells, column: string): number {
  const value = row[column];
  return Number.isSafeInteger(value) && (value as number) >= 0
    ? (value as number)
    : wrong(column, value, "a whole number from 0");
}

/** NULL, and an optional column that the SELECT leaves out. */
export function nullableWhole(row: Cells, column: string): number | null {
  return isUnknown(row, column) ? null : whole(row, column);
}

/** Null for whatever is no whole number of 32 bits. */
export function nullableCode(row: Cells, column: string): number | null {
  const value = row[column];
  return typeof value === "number" && (value | 0) === value ? value : null;
}

/** A row of history whose `is_open` is NULL would be in no sum. */
export function refuseUndecided(row: Cells, section: string): void {
  const rows = number(row, "undecided");
  if (rows > 0)
    throw new SourceError({ code: "data_loss", message: `is_open of ${section} is NULL in ${rows} rows` });
}

/** The cell of a column by the contract's type; throws for any other type. A number out of range is the row's matter. */
export function checkedCell(row: Cells, { name, type, nullable }: Column): unknown {
  const isLenient = nullable && (row[name] === null || typeof row[name] === "number");
  if (type === "pid" || type === "code" || isLenient) return row[name];
  if (type === "text") return text(row, name);
  if (type === "real") return number(row, name);
  return typeof row[name] === "boolean" && type === "flag" ? row[name] : whole(row, name);
}

function isUnknown(row: Cells, column: string): boolean {
  return row[column] === null || row[column] === undefined;
}

function isOverlong(value: unknown): boolean {
  if (typeof value !== "string") return value instanceof Uint8Array && OVERLONG_NAME.equals(value);
  // No character takes more than three bytes for each of its units.
  return value.length > LONGEST_NAME_BYTES / 3 && Buffer.byteLength(value) > LONGEST_NAME_BYTES;
}

function wrong(column: string, value: unknown, expected: string): never {
  throw new SourceError({
    code: "data_loss",
    message: `column ${column} holds ${typeName(value)} where ${expected} is expected${value instanceof Uint8Array && expected === "text" ? `: use lower(hex(${column}))` : ""}`,
  });
}

export function typeName(value: unknown): string {
  if (value === null) return "NULL";
  if (value === undefined) return "nothing";
  if (value instanceof Uint8Array) return "a blob";
  if (typeof value === "number") return numberName(value);
  return typeof value === "string" ? "text" : `a ${typeof value}`;
}

function numberName(value: number): string {
  if (!Number.isFinite(value)) return "an infinite number";
  if (value < 0) return "a negative number";
  if (!Number.isInteger(value)) return "a fraction";
  return Number.isSafeInteger(value) ? "a whole number" : "a number beyond 2^53";
}
