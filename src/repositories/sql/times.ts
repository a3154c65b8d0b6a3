/**
 * SQL that converts a time to milliseconds since 1970, according to its type, and a number according to its size. A
 * value that is not a time becomes one that is out of every range, so that only its field is omitted.
 */

/** Numbers below are seconds (up to the year 5138), and from there on milliseconds (from 1973). */
const IS_SECONDS = (x: string) => `${x} > -1e11 AND ${x} < 1e11`;

/** Accepts only those of SQLite's formats that begin with a year, and not 'now', '12:00' or a Julian day. */
export function sqliteTime(x: string, timezone: string): string {
  const parsed = (text: string) =>
    `round(unixepoch(${text}, 'subsec'${timezone === "UTC" ? "" : ", 'utc'"}) * 1000)`;
  // Offsets such as +02 and +0200, which SQLite does not parse.
  const others = [`${x} || ':00'`, `substr(${x}, 1, length(${x}) - 2) || ':' || substr(${x}, -2)`];
  return `CASE WHEN typeof(${x}) = 'text' THEN iif(substr(${x}, 5, 1) = '-', coalesce(${[x, ...others].map(parsed).join(", ")}, ${x}), ${x})
    WHEN ${IS_SECONDS(x)} THEN round(${x} * 1000) ELSE ${x} END`;
}

/** A cast of 30 February would make the whole SELECT fail, so invalid days are excluded by pattern. */
const NO_DAY = [
  "....-(02-3|(0[469]|11)-31)",
  "..([0-9][13579]|[02468][26]|[13579][048])-02-29",
  "([02468][1235679]|[13579][01345789])00-02-29",
];
const DAY = "(19[7-9][0-9]|[2-9][0-9]{3})-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])";
const CLOCK = "([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]+)?)?";
const ZONE = "(Z|[+-](0[0-9]|1[0-5])(:?[0-5][0-9])?)";
const ISO = `^${NO_DAY.map((day) => `(?!${day})`).join("")}${DAY}([T ]${CLOCK} ?${ZONE}?)?$`;

export type PostgresqlTime = "timestamp" | "number" | "text";

/** PostgreSQL 16 can check whether a cast succeeds. Older servers use an expression, which takes ten times as long. */
export function postgresqlTime(x: string, type: PostgresqlTime, canTell: boolean): string {
  const parsed = `extract(epoch FROM ${x}::timestamptz) * 1000`;
  if (type === "timestamp") return `round(${parsed})`;
  if (type === "number") return `round(CASE WHEN ${IS_SECONDS(x)} THEN ${x} * 1000.0 ELSE ${x} END)`;
  const isTime = canTell
    ? `substr(${x}, 5, 1) = '-' AND pg_input_is_valid(${x}, 'timestamptz')`
    : `${x} ~ '${ISO}'`;
  return `round(CASE WHEN ${isTime} THEN ${parsed} WHEN ${x} IS NOT NULL THEN 'NaN' END)`;
}
