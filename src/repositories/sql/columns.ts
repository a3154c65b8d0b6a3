/**
 * Converts the cells of a result to typed values. SQLite stores any type in any column (sqlite.org/flexibletypegood.html), so
 * every cell is checked. A wrong type throws a `data_loss` SourceError that names the column and the type, never the value.
 */
import { type Column, columnsOf, isTime, SECTION_NAMES, type SectionName } from "../../profiles/contract.ts";
import { SourceError } from "../source-failure.ts";
import { inRange, isNullableNumber, rangeOf } from "./ranges.ts";
import { LONGEST_NAME_BYTES, LONGEST_TITLE_CHARACTERS, OVERLONG_NAME } from "./result-size.ts";

export type Cells = Readonly<Record<string, unknown>>;

/** The columns of each section with their names in code: `started_at_ms` is `startedAtMs`. */
const FIELDS = new Map(
  SECTION_NAMES.map((section) => [
    section,
    columnsOf(section).map((column) => ({
      column,
      field: column.name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase()),
      range: isNullableNumber(column) ? rangeOf(column) : undefined,
    })),
  ]),
);

export function fieldsOf(section: SectionName) {
  return FIELDS.get(section) ?? [];
}

interface Noting {
  noteLeftOut(section: SectionName, column: string, met?: string): void;
}

/**
 * Converts a section's row. NULL, and a column that the SELECT does not return, become null. So does what a nullable
 * number cannot hold: its column is reported to `source` as one of the section `from`, never its value.
 */
export function rowOf<Row>(source: Noting, section: SectionName, row: Cells, from = section): Row {
  const fields: Record<string, unknown> = {};
  for (const { column, field, range } of fieldsOf(section)) {
    const value = row[column.name] ?? null;
    fields[field] = range && value !== null ? inRange(range, value) : cell(row, column);
    if (range && value !== null && fields[field] === null)
      source.noteLeftOut(from, column.name, typeof value === "number" ? undefined : typeName(value));
  }
  return fields as Row;
}

/** Returns a cell according to the contract's type. Throws for other types. */
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

/** Returns a text that identifies something. */
export function text(row: Cells, column: string): string {
  const value = row[column];
  if (isOverlong(value)) {
    throw SourceError.of(
      "data_loss",
      `column ${column} holds a text of more than ${LONGEST_NAME_BYTES / 1024} KiB, which is not truncated because it identifies something: shorten it in the orchestrator or the profile`,
    );
  }
  return typeof value === "string" ? value : wrong(column, value, "text");
}

/** Truncates a text that is only displayed. */
function shortened(title: string): string {
  const characters = title.length <= LONGEST_TITLE_CHARACTERS ? [] : [...title];
  if (characters.length <= LONGEST_TITLE_CHARACTERS) return title;
  return `${characters.slice(0, LONGEST_TITLE_CHARACTERS - 1).join("")}…`;
}

/** Returns an integer of any size as text, from CAST(… AS TEXT). `named` is the column to name in an error. */
export function integerText(row: Cells, column: string, named = column): string {
  const value = row[column];
  return typeof value === "string" && /^-?\d+$/.test(value) ? value : wrong(named, value, "a whole number");
}

/** Returns a text that JavaScript sorts in the same order as its bytes. */
export function keyText(row: Cells, column: string, named: string): string {
  const value = row[column];
  return typeof value === "string" && /^[ -~]{1,1024}$/.test(value)
    ? value
    : wrong(named, value, "an ASCII key");
}

function number(row: Cells, column: string): number {
  const value = row[column];
  if (typeof value === "number" && Number.isFinite(value)) return value;
  return wrong(column, value, "a finite number");
}

/** Returns a whole number from 0 to 2^53 - 1. */
export function whole(row: Cells, column: string): number {
  const value = row[column];
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0) return value;
  return wrong(column, value, isTime(column) ? "a time" : "a whole number from 0");
}

/** Whether the value is a whole 32-bit number. */
function isCode(value: unknown): boolean {
  return typeof value === "number" && (value | 0) === value;
}

/** Refuses history rows whose `is_open` is NULL, since they would be in no total. */
export function refuseUndecided(row: Cells, section: string): void {
  const rows = number(row, "undecided");
  if (rows > 0) throw SourceError.of("data_loss", `is_open of ${section} is NULL in ${rows} rows`);
}

function isOverlong(value: unknown): boolean {
  if (typeof value !== "string") return value instanceof Uint8Array && OVERLONG_NAME.equals(value);
  // Each UTF-16 code unit takes at most three bytes.
  return value.length > LONGEST_NAME_BYTES / 3 && Buffer.byteLength(value) > LONGEST_NAME_BYTES;
}

function wrong(column: string, value: unknown, expected: string): never {
  const hint = value instanceof Uint8Array && expected === "text" ? `: use lower(hex(${column}))` : "";
  throw SourceError.of(
    "data_loss",
    `column ${column} holds ${typeName(value)}, but ${expected} is expected${hint}`,
  );
}

function typeName(value: unknown): string {
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
