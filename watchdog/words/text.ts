/** Formats numbers and texts for people. */

/** The two largest units: `43 s`, `7 min 12 s`, `3 h 5 min`, `2 d 4 h`. A second unit of 0 is omitted. */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  if (whole < 3_600) return pair(whole, [60, "min"], [1, "s"]);
  if (whole < 86_400) return pair(whole, [3_600, "h"], [60, "min"]);
  return pair(whole, [86_400, "d"], [3_600, "h"]);
}

type Unit = readonly [seconds: number, name: string];

function pair(whole: number, [great, greatName]: Unit, [small, smallName]: Unit): string {
  const start = `${Math.floor(whole / great)} ${greatName}`;
  const rest = Math.floor((whole % great) / small);
  return rest === 0 ? start : `${start} ${rest} ${smallName}`;
}

const dated = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "long" });

/** Includes the time zone of this machine. */
export const dateAndTime = (time: number): string => dated.format(time);

/** "agent-hung: lock_seconds 4 min 30 s". Numbers of 0 are omitted. */
export function ruleInWords(rule: string, thresholds: Readonly<Record<string, number>>): string {
  const numbers = Object.entries(thresholds)
    .filter(([, value]) => value !== 0)
    .map(([name, value]) => `${name} ${name.endsWith("_seconds") ? duration(value) : value}`);
  return numbers.length === 0 ? rule : `${rule}: ${numbers.join(", ")}`;
}

/** 3 → "3 descendants", 1 → "1 descendant". */
export function count(number: number, one: string, many = `${one}s`): string {
  return `${number.toLocaleString("en-US")} ${number === 1 ? one : many}`;
}

/** Adds an ellipsis, and does not cut a surrogate pair. */
export function shortened(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most - 1).replace(/[\ud800-\udbff]$/, "")}…`;
}
