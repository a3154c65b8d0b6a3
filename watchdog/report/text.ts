/** Rows as a table for a terminal, as JSON, or as CSV for a spreadsheet. Texts of others do no harm in any of them. */
import { printable } from "../../shared/printable.ts";
import type { Cell, Row } from "./summary.ts";

const LONGEST_TEXT = 40;
const UNKNOWN = "–";

/** Each text is quoted, and none is a formula; unknown is empty. */
export function toCsv(columns: readonly string[], rows: readonly Row[]): string {
  const lines = rows.map((row) => columns.map((name) => csvCell(shown(name, row[name] ?? null))).join(","));
  return [columns.join(","), ...lines, ""].join("\n");
}

function csvCell(cell: Cell): string {
  if (typeof cell !== "string") return cell === null ? "" : String(cell);
  const text = printable(cell);
  // A spreadsheet takes these for the begin of a formula; the full-width ones as well.
  const harmless = /^\s*[=+\-@\uff1d\uff0b\uff0d\uff20]/.test(text) ? `'${text}` : text;
  return `"${harmless.replaceAll('"', '""')}"`;
}

export function toJson(report: Readonly<Record<string, unknown>>): string {
  const text = JSON.stringify(
    report,
    (name, value) => (typeof value === "number" ? shown(name, value) : value),
    2,
  );
  const harmless = text.replace(
    /(?!\n)[\p{Cc}\p{Bidi_Control}\u2028\u2029]/gu,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
  return `${harmless}\n`;
}

/** Times as RFC 3339. */
const shown = (name: string, cell: Cell): Cell =>
  name.endsWith("_at") && typeof cell === "number" ? new Date(cell).toISOString() : cell;

/** With the total as its last row. */
export function toTable(
  columns: readonly string[],
  rows: readonly Row[],
  total: Row,
  timeText: (time: number) => string,
): string {
  const texts = columns.map((name, index) => {
    const cells = [...rows.map((row) => row[name] ?? null), index === 0 ? "total" : (total[name] ?? "")];
    const digits = name.endsWith("_usd") ? digitsOf(cells) : 0;
    const heading = name
      .replace(/_(at|seconds)$/, "")
      .replaceAll("_", " ")
      .toUpperCase();
    const all = [heading, ...cells.map((cell) => textOf(name, cell, digits, timeText))];
    const width = Math.max(...all.map(({ length }) => length));
    const isNumber = cells.some((cell) => typeof cell === "number") && !name.endsWith("_at");
    return all.map((text) => (isNumber ? text.padStart(width) : text.padEnd(width)));
  });
  const lines = [...rows, total, {}].map((_, index) => texts.map((column) => column[index]).join("  "));
  return lines.map((line) => `${line.trimEnd()}\n`).join("");
}

function textOf(name: string, cell: Cell, digits: number, timeText: (time: number) => string): string {
  if (cell === null) return UNKNOWN;
  if (typeof cell === "string") return shortened(printable(cell));
  if (name.endsWith("_at")) return timeText(cell);
  if (name.endsWith("_seconds")) return clock(cell);
  return cell.toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

/** As many as all of these need, which are millionths at most: the total is then the sum of what is shown. */
function digitsOf(amounts: readonly Cell[]): number {
  const needed = amounts.map((usd) => /\.(\d*[1-9])0*$/.exec(Number(usd).toFixed(6))?.[1]?.length ?? 0);
  return Math.max(2, ...needed);
}

const shortened = (text: string) =>
  text.length > LONGEST_TEXT ? `${text.slice(0, LONGEST_TEXT - 1)}…` : text;

/** `26:03:45`: sums of it can be checked. */
function clock(seconds: number): string {
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor((seconds % 3600) / 60)];
  const two = (part: number) => String(part).padStart(2, "0");
  return `${hours}:${two(minutes)}:${two(seconds % 60)}`;
}
