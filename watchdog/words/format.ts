/** Formats numbers and times. Unknown values are a dash, never 0. */
import { duration } from "./text.ts";

export const UNKNOWN = "–";

const TIME = { hour: "2-digit", minute: "2-digit" } as const;
const WITH_SECONDS = { ...TIME, second: "2-digit" } as const;
const DATE = { day: "numeric", month: "short" } as const;

const numbers = (options: Intl.NumberFormatOptions) => new Intl.NumberFormat("en", options).format;
const times = (options: Intl.DateTimeFormatOptions) => new Intl.DateTimeFormat("en-GB", options).format;

const decimal = numbers({ maximumFractionDigits: 2 });
const dollars = numbers({ style: "currency", currency: "USD" });
const minute = times(TIME);
const clock = times(WITH_SECONDS);
const day = times(DATE);
const dated = times({ ...DATE, ...TIME });
export const formatTimeForTable = times({ ...DATE, ...WITH_SECONDS });

const known = (format: (value: number) => string) => (value: number | null | undefined) =>
  value == null ? UNKNOWN : format(value);

export const formatCount = known(numbers({ maximumFractionDigits: 0 }));
export const formatNumber = known(decimal);

/** Formats 1234567 as "1.2M". */
export const formatShort = known(numbers({ notation: "compact", maximumFractionDigits: 1 }));

/** For counted things: a fraction is a mean. */
export const formatMean = known((value) =>
  Number.isInteger(value) ? formatCount(value) : `≈ ${decimal(value)}`,
);

/** Formats US dollars. A positive amount is never shown as $0.00. */
export const formatMoney = known((value) => (value > 0 && value < 0.01 ? "<$0.01" : dollars(value)));

export const formatDuration = known((seconds) => (Number.isFinite(seconds) ? duration(seconds) : UNKNOWN));

/** The time between two times in milliseconds. */
export const formatSpan = (from: number | undefined, to: number | undefined): string =>
  formatDuration(from === undefined || to === undefined ? undefined : (to - from) / 1_000);

/** Shows today's times without a date. */
export function formatTime(time: number, now: number): string {
  const isToday = new Date(time).toDateString() === new Date(now).toDateString();
  return isToday ? clock(time) : dated(time);
}

/** For the axis of a plot, with the precision of its steps. */
export function formatTick(time: number, stepSeconds: number): string {
  if (stepSeconds < 60) return clock(time);
  return stepSeconds < 86_400 ? minute(time) : day(time);
}

const BYTES = [
  [1e9, "GB"],
  [1e6, "MB"],
  [1e3, "kB"],
] as const;

export const formatBytes = known((bytes) => {
  const [unit, name] = BYTES.find(([least]) => Math.abs(bytes) >= least) ?? [1, "B"];
  return `${decimal(Number((bytes / unit).toPrecision(3)))} ${name}`;
});

/** Turns a note of the watchdog, which is a phrase, into a sentence. */
export const sentence = (words: string) => `${words.charAt(0).toUpperCase()}${words.slice(1)}.`;
