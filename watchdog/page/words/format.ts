/** Formats numbers and times. Unknown values are a dash, never 0. */
import { duration } from "../../words.ts";

export const UNKNOWN = "–";

const integers = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const decimals = new Intl.NumberFormat("en", { maximumFractionDigits: 2 });
const dollars = new Intl.NumberFormat("en", { style: "currency", currency: "USD" });
const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });
const minute = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });
const dated = new Intl.DateTimeFormat("en-GB", {
  day: "numeric",
  month: "short",
  hour: "2-digit",
  minute: "2-digit",
});
const exact = new Intl.DateTimeFormat("en-GB", {
  day: "numeric",
  month: "short",
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
});
const day = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short" });

export const formatCount = (value: number | null | undefined) =>
  value == null ? UNKNOWN : integers.format(value);

/** For counted things: a fraction is a mean. */
export const formatMean = (value: number | null | undefined) =>
  value == null || Number.isInteger(value) ? formatCount(value) : `≈ ${decimals.format(value)}`;

export const formatNumber = (value: number | null | undefined) =>
  value == null ? UNKNOWN : decimals.format(value);

/** Formats US dollars. A positive amount is never shown as $0.00. */
export function formatMoney(value: number | null | undefined): string {
  if (value == null) return UNKNOWN;
  return value > 0 && value < 0.01 ? "<$0.01" : dollars.format(value);
}

export function formatDuration(seconds: number | null | undefined): string {
  return seconds == null || !Number.isFinite(seconds) ? UNKNOWN : duration(seconds);
}

/** Shows today's times without a date. */
export function formatTime(time: number, now: number): string {
  return sameDay(time, now) ? clock.format(time) : dated.format(time);
}

/** For the axis of a plot, with the precision of its steps. */
export function formatTick(time: number, stepSeconds: number): string {
  if (stepSeconds < 60) return clock.format(time);
  return stepSeconds < 86_400 ? minute.format(time) : day.format(time);
}

export const formatTimeForTable = (time: number) => exact.format(time);

const BYTES = [
  [1e9, "GB"],
  [1e6, "MB"],
  [1e3, "kB"],
] as const;

export function formatBytes(bytes: number | null | undefined): string {
  if (bytes == null) return UNKNOWN;
  const [unit, name] = BYTES.find(([least]) => Math.abs(bytes) >= least) ?? [1, "B"];
  return `${decimals.format(Number((bytes / unit).toPrecision(3)))} ${name}`;
}

/** Turns a note of the watchdog, which is a phrase, into a sentence. */
export const sentence = (words: string) => `${words.charAt(0).toUpperCase()}${words.slice(1)}.`;

function sameDay(one: number, other: number): boolean {
  return new Date(one).toDateString() === new Date(other).toDateString();
}
