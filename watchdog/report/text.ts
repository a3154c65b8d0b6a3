/** Formats past runs as a table, as JSON or as CSV. Texts come from orchestrators and are not trusted. */
import { printable } from "../../shared/printable.ts";
import { aligned } from "../../shared/settings-help.ts";
import type { Runs, RunsCell } from "../api.ts";
import { cellText, columnsShown, headingOf } from "./columns.ts";

/** `2026-11-26 22:00:05`, in this machine's time zone. */
const localTime = (time: number): string => new Date(time).toLocaleString("sv-SE");

/** The total is the last row. */
export function toTable({ rows, total }: Pick<Runs, "rows" | "total">, from: number, to: number): string {
  const title = `Runs that ended from ${localTime(from)} to ${localTime(to)}`;
  if (rows.length === 0) return `${title}: none\n`;
  const columns = columnsShown(rows);
  const headings = columns.map((name) => headingOf(name).toUpperCase());
  const cells = rows.map((row) => columns.map((name) => printable(cellText(name, row[name], localTime))));
  const totals = columns.map((name, index) => {
    if (index === 0) return "total";
    return name in total ? cellText(name, total[name], localTime) : "";
  });
  const areNumbers = columns.map((name) => rows.some((row) => typeof row[name] === "number"));
  return `${[title, "", ...aligned([headings, ...cells, totals], areNumbers)].join("\n")}\n`;
}

/** Escapes the control characters that JSON allows and a terminal would obey. */
export function toJson({ rows, total }: Pick<Runs, "rows" | "total">, from: number, to: number): string {
  const period = { from: new Date(from).toISOString(), to: new Date(to).toISOString() };
  const text = JSON.stringify({ ...period, rows, total }, null, 2);
  return `${text.replace(/[\x7f-\x9f]/g, (one) => `\\u00${one.charCodeAt(0).toString(16)}`)}\n`;
}

/** Quotes each text. An unknown value is an empty cell. */
export function toCsv({ rows }: Pick<Runs, "rows">): string {
  const columns = Object.keys(rows[0] ?? {});
  const lines = rows.map((row) => columns.map((name) => csvCell(row[name])).join(","));
  return [columns, ...lines].map((line) => `${line}\n`).join("");
}

function csvCell(cell: RunsCell | undefined): string {
  if (typeof cell !== "string") return String(cell ?? "");
  // A spreadsheet would run a text that begins like this as a formula.
  const text = printable(/^\s*[=+\-@]/.test(cell) ? `'${cell}` : cell);
  return `"${text.replaceAll('"', '""')}"`;
}
