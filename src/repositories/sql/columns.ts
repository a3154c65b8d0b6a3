/**
 * Cells of a result as typed values. SQLite keeps whatever type was written, whatever the column declares
 * (sqlite.org/flexibletypegood.html), so each cell is checked. A wrong one is a `data_loss` SourceError that
 * names the column and the type met, never the value.
 */
import { type Column, columnsOf, SECTION_NAMES, type SectionName } from "../../profiles/contract.ts";
import { SourceError } from "../source-failure.ts";
import { LONGEST_NAME_BYTES, LONGEST_TITLE_CHARACTERS, OVERLONG_NAME } from "./result-size.ts";

export type Cells = Readonly<Record<string, unknown>>;

/** The columns of each section, and their names in the code: `started_at_ms` is `startedAtMs`. */
const FIELDS = new Map(
  SECTION_NAMES.map((section) => [
    section,
    columnsOf(section).map((column) => ({
      column,
      field: column.name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase()),
    })),
  ]),
);

/** A section's row in terms of the code. What is NULL, or in a column that the SELECT leaves out, is null. */
export function rowOf<Row>(section: SectionName, row: Cells): Row {
  const fields: Record<string, unknown> = {};
  for (const { column, field } of FIELDS.get(section) ?? []) fields[field] = cell(row, column);
  return fields as Row;
}

/**
 * The cell of a column by the contract's type; throws for any other type. A number out of range was left out before, if its
 * column is nullable.
 */
export function cell(row: Cells, { name, type, nullable }: Column): unknown {
  const value = row[name];
  if (type === "pid") return value;
  if (type === "code") return isCode(value) ? value : null;
  if (nullable && (value === null || value === undefined)) return null;
  if (type === "text") return name === "title" ? shortened(text(row, name)) : text(row, name);
  if (type === "key" && typeof value === "string") return value;
  if (nullable && typeof value === "number") return value;
  if (type === "real") return number(row, name);
  if (type === "key") return Number.isInteger(value) ? value : wrong(name, value, "a whole number or a text");
  return typeof value === "boolean" && type === "flag" ? value : whole(row, name);
}

/** A text by which things are told apart. */
export function text(row: Cells, column: string): string {
  const value = row[column];
  if (isOverlong(value)) {
    throw SourceError.of(
      "data_loss",
      `column ${column} holds a text of more than ${LONGEST_NAME_BYTES / 1024} KiB, and a name is not cut: let the orchestrator, or the profile, shorten it`,
    );
  }
  return typeof value === "string" ? value : wrong(column, value, "text");
}

/** A text that only people read. */
function shortened(title: string): string {
  const characters = title.length <= LONGEST_TITLE_CHARACTERS ? [] : [...title];
  if (characters.length <= LONGEST_TITLE_CHARACTERS) return title;
  return `${characters.slice(0, LONGEST_TITLE_CHARACTERS - 1).join("")}…`;
}

/** An integer of any size, as text: CAST(… AS TEXT) of the column that is told where it is none. */
export function integerText(row: Cells, column: string, told = column): string {
  const value = row[column];
  return typeof value === "string" && /^-?\d+$/.test(value) ? value : wrong(told, value, "a whole number");
}

/** A text whose order is that of its bytes in JavaScript too. */
export function keyText(row: Cells, column: string, told: string): string {
  const value = row[column];
  return typeof value === "string" && /^[ -~]{1,1024}$/.test(value)
    ? value
    : wrong(told, value, "an ASCII key");
}

function number(row: Cells, column: string): number {
  const value = row[column];
  if (typeof value === "number" && Number.isFinite(value)) return value;
  return wrong(column, value, "a finite number");
}

/** From 0 to 2^53 - 1. */
export function whole(row: Cells, column: string): number {
  const value = row[column];
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0) return value;
  return wrong(column, value, "a whole number from 0");
}

/** A whole number of 32 bits. */
function isCode(value: unknown): boolean {
  return typeof value === "number" && (value | 0) === value;
}

/** A row of history whose `is_open` is NULL would be in no sum. */
export function refuseUndecided(row: Cells, section: string): void {
  const rows = number(row, "undecided");
  if (rows > 0) throw SourceError.of("data_loss", `is_open of ${section} is NULL in ${rows} rows`);
}

function isOverlong(value: unknown): boolean {
  if (typeof value !== "string") return value instanceof Uint8Array && OVERLONG_NAME.equals(value);
  // No character takes more than three bytes for each of its units.
  return value.length > LONGEST_NAME_BYTES / 3 && Buffer.byteLength(value) > LONGEST_NAME_BYTES;
}

function wrong(column: string, value: unknown, expected: string): never {
  const hint = value instanceof Uint8Array && expected === "text" ? `: use lower(hex(${column}))` : "";
  throw SourceError.of(
    "data_loss",
    `column ${column} holds ${typeName(value)} where ${expected} is expected${hint}`,
  );
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
