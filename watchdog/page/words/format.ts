/** Numbers and times as a person reads them. What is not known is a dash, never 0. */
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
const date = new Intl.DateTimeFormat("sv-SE", { dateStyle: "short" });
const day = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short" });

/** `2026-11-26`, so that dates sort as texts. */
export const formatDate = (time: number) => date.format(time);

export const formatCount = (value: number | null | undefined) =>
  value == null ? UNKNOWN : integers.format(value);

/** Of things that are counted: between two whole numbers there are only means. */
export const formatMean = (value: number | null | undefined) =>
  value == null || Number.isInteger(value) ? formatCount(value) : `≈ ${decimals.format(value)}`;

export const formatNumber = (value: number | null | undefined) =>
  value == null ? UNKNOWN : decimals.format(value);

/** US dollars; what is above zero never reads as $0.00. */
export function formatMoney(value: number | null | undefined): string {
  if (value == null) return UNKNOWN;
  return value > 0 && value < 0.01 ? "<$0.01" : dollars.format(value);
}

export function formatDuration(seconds: number | null | undefined): string {
  return seconds == null || !Number.isFinite(seconds) ? UNKNOWN : duration(seconds);
}

/** A time on this day by the clock, any other with its date. */
export function formatTime(time: number, now: number): string {
  return sameDay(time, now) ? clock.format(time) : dated.format(time);
}

/** For the axis of a plot: no more than its steps tell apart. */
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

/** The watchdog's notes are parts of a sentence; this begins one with them. */
export const sentence = (words: string) => `${words.charAt(0).toUpperCase()}${words.slice(1)}.`;

function sameDay(one: number, other: number): boolean {
  return new Date(one).toDateString() === new Date(other).toDateString();
}
