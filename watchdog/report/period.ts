/** Parses times as people write them: `yesterday`, `7d`, `2026-11-26`. Days begin at midnight in this machine's time zone. */
import { parseDuration } from "../config/units.ts";

export const TIME_FORMS =
  "now, today, yesterday, a time ago such as 12h or 7d, a date such as 2026-11-26, or a date and a time such as 2026-11-26T22:00";

const WRITTEN = /^(\d{4}-\d\d-\d\d)(T\d\d:\d\d(?::\d\d)?(?:Z|[+-]\d\d:\d\d)?)?$/;

/** Returns milliseconds since the epoch, or undefined if the text is not a time. */
export function parseTime(text: string, now: number): number | undefined {
  if (text === "now") return now;
  const day = new Date(now);
  day.setHours(0, 0, 0, 0);
  if (text === "today") return day.getTime();
  if (text === "yesterday") return day.setDate(day.getDate() - 1);
  const ago = parseDuration(text);
  if (ago !== undefined) return now - ago * 1000;
  const [, date, clock = "T00:00"] = WRITTEN.exec(text) ?? [];
  if (date === undefined || !isDate(date)) return undefined;
  const time = Date.parse(date + clock);
  return Number.isNaN(time) ? undefined : time;
}

/** JavaScript reads 30 February as 2 March. */
function isDate(date: string): boolean {
  const time = Date.parse(date);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(date);
}
