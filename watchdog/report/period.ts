/** Times as people write them, in a time zone: `yesterday`, `7d`, `2026-11-26`, `2026-11-26 22:00`. */
import { parseDuration } from "../config/units.ts";

export const TIME_FORMS =
  "now, today, yesterday, so long ago such as 12h or 7d, or a date such as 2026-11-26, with a time such as 2026-11-26T22:00, or with an offset such as 2026-11-26T22:00Z";

const DAY = 86_400_000;
const WRITTEN = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d)?))?(Z|[+-]\d\d:\d\d)?$/i;

/** Milliseconds since the epoch; undefined for what is no time. Days begin at midnight in the zone. */
export function parseTime(text: string, zone: string, now: number): number | undefined {
  const word = text.trim().toLowerCase();
  if (word === "now") return now;
  const today = Date.parse(dateIn(zone)(now));
  if (word === "today") return fromLocal(today, zone);
  if (word === "yesterday") return fromLocal(today - DAY, zone);
  const ago = parseDuration(word);
  if (ago !== undefined) return now - ago * 1000;
  const [, date, clock = "00:00", offset] = WRITTEN.exec(text.trim()) ?? [];
  const local = Date.parse(`${date}T${clock}Z`);
  // JavaScript takes 30 February for 2 March.
  if (Number.isNaN(local) || !new Date(local).toISOString().startsWith(`${date}`)) return undefined;
  return offset === undefined
    ? fromLocal(local, zone)
    : Date.parse(`${date}T${clock}${offset.toUpperCase()}`);
}

export function isZone(zone: string): boolean {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: zone }) !== undefined;
  } catch {
    return false;
  }
}

/** `2026-11-26`: the date of a time. */
export function dateIn(zone: string): (time: number) => string {
  // Swedish dates are written as ISO's.
  const format = new Intl.DateTimeFormat("sv-SE", { timeZone: zone, dateStyle: "short" });
  return (time) => format.format(time);
}

/** `2026-11-26 22:00`. */
export function dateAndTimeIn(zone: string): (time: number) => string {
  const format = new Intl.DateTimeFormat("sv-SE", { timeZone: zone, dateStyle: "short", timeStyle: "short" });
  return (time) => format.format(time);
}

/** The time at which the zone's clocks show this, which is written as if they were UTC's. */
function fromLocal(local: number, zone: string): number {
  const near = local - offsetAt(local, zone);
  // Clocks may have changed in between.
  return local - offsetAt(near, zone);
}

/** By how many milliseconds the zone's clocks are ahead of UTC's. */
function offsetAt(time: number, zone: string): number {
  const parts = new Intl.DateTimeFormat("en", { timeZone: zone, timeZoneName: "longOffset" }).formatToParts(
    time,
  );
  const text = parts.find(({ type }) => type === "timeZoneName")?.value ?? "";
  const [, sign, hours, minutes] = /GMT([+-])(\d\d):(\d\d)/.exec(text) ?? [];
  return (sign === "-" ? -1 : 1) * (Number(hours ?? 0) * 60 + Number(minutes ?? 0)) * 60_000;
}
