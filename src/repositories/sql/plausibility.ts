/** Finds values of the right type that are doubtful, such as a time in another unit, or a part that exceeds its whole. */
import { type Column, columnsOf, type SectionName } from "../../profiles/contract.ts";
import type { Profile } from "../../profiles/profile.ts";
import type { Cells } from "./columns.ts";
import type { Finding } from "./source.ts";

const YEAR_2001 = Date.UTC(2001, 0);
const FIVE_YEARS_MILLISECONDS = 5 * 366 * 86_400_000;

/** How many times its whole a part may be. An orchestrator may restart a job by hand. */
const PARTS: readonly (readonly [part: string, whole: string, most: number])[] = [
  ["priced_runs", "runs", 1],
  ["retried_jobs", "attempts", 1],
  ["attempts", "max_attempts", 2],
];

/** Returns the first doubt about each column. */
export function doubts(
  section: SectionName,
  profile: Profile,
  rows: readonly Cells[],
  nowMs: number,
): readonly Finding[] {
  const countsJobs = ["jobs", "queue_counts", "job_history"].includes(section);
  return columnsOf(section).flatMap((column) => {
    const doubt =
      column.name === "status" && countsJobs
        ? statusDoubt(profile, new Set(rows.map(({ status }) => String(status))))
        : rows.map((row) => cellDoubt(column, row, nowMs)).find((one) => one !== undefined);
    if (doubt === undefined) return [];
    return [{ column: column.name, message: `column ${column.name} ${doubt}`, isCertain: false }];
  });
}

function statusDoubt({ unreportedStatuses }: Profile, statuses: ReadonlySet<string>): string | undefined {
  const reported = unreportedStatuses.find((status) => statuses.has(status));
  if (reported !== undefined) return `is ${reported}, which the header lists in unreported-statuses`;
  return statuses.size === 1 && statuses.has("other")
    ? "is other in every row: compare the words that the source uses"
    : undefined;
}

function cellDoubt({ name, type }: Column, row: Cells, nowMs: number): string | undefined {
  const value = row[name];
  if (typeof value !== "number" || !Number.isFinite(value)) return undefined;
  if (name.endsWith("_ms")) return timeDoubt(value, nowMs);
  if (type === "real" && value < 0) return "is negative";
  const [, whole = "", most = 1] = PARTS.find(([part]) => part === name) ?? [];
  // Some systems use 0 for "no maximum".
  const bound = most > 1 && row[whole] === 0 ? null : row[whole];
  return typeof bound === "number" && value > bound * most ? `is above ${whole}` : undefined;
}

function timeDoubt(time: number, nowMs: number): string | undefined {
  if (time < YEAR_2001)
    return "is before 2001: multiply seconds by 1000, and select NULL for an unknown time";
  if (time > 1e17) return "is far in the future: divide nanoseconds by 1000000";
  if (time > 1e15) return "is far in the future: divide microseconds by 1000";
  return time > nowMs + FIVE_YEARS_MILLISECONDS
    ? "is more than five years ahead: milliseconds since 1970 (UTC) are expected"
    : undefined;
}
