/** The columns of past runs, as the report and the page show them. */
import type { RunsRow } from "../api.ts";
import { formatCount, formatDuration, formatMoney, UNKNOWN } from "../words/format.ts";

export const GROUPINGS = ["task", "agent", "model", "day", "run"] as const;
export type Grouping = (typeof GROUPINGS)[number];

/** Columns that only JSON and CSV have. */
const DETAILS = ["exit_code", "started_at"];

/** Returns the columns to show to a person: no details, no columns without values, and the orchestrator only if there are several. */
export function columnsShown(rows: readonly RunsRow[]): readonly string[] {
  const orchestrators = new Set(rows.map(({ orchestrator }) => orchestrator));
  return Object.keys(rows[0] ?? {}).filter((name, index) => {
    if (name === "orchestrator") return orchestrators.size > 1;
    return index === 0 || (!DETAILS.includes(name) && rows.some((row) => row[name] !== null));
  });
}

/** `cost_usd` becomes `Cost`. */
export function headingOf(name: string): string {
  const words = name.replace(/_(at|seconds|usd)$/, "").replaceAll("_", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** `formatAt` formats times, which are milliseconds since the epoch. */
export function cellText(
  name: string,
  value: string | number | null | undefined,
  formatAt: (time: number) => string,
): string {
  if (value == null) return UNKNOWN;
  if (typeof value === "string") return name.endsWith("_at") ? formatAt(Date.parse(value)) : value;
  if (name.endsWith("_seconds")) return formatDuration(value);
  return name.endsWith("_usd") ? formatMoney(value) : formatCount(value);
}
