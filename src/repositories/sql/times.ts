/**
 * A time as a database has it, in SQL that gives milliseconds since 1970: by its type, and a number by its size. What is no time
 * stays something that is out of every range, so that it costs its own field and is noted.
 */

/** Seconds below, which is the year 5138; milliseconds from there on, which is 1973. */
const IS_SECONDS = (x: string) => `${x} > -1e11 AND ${x} < 1e11`;

/** Of SQLite's own formats only those that begin with a year: 'now', '12:00' and a Julian day are none. */
export function sqliteTime(x: string, timezone: string): string {
  const parsed = (text: string) =>
    `round(unixepoch(${text}, 'subsec'${timezone === "UTC" ? "" : ", 'utc'"}) * 1000)`;
  // Offsets such as +02 and +0200, which SQLite does not know.
  const others = [`${x} || ':00'`, `substr(${x}, 1, length(${x}) - 2) || ':' || substr(${x}, -2)`];
  return `CASE WHEN typeof(${x}) = 'text' THEN iif(substr(${x}, 5, 1) = '-', coalesce(${[x, ...others].map(parsed).join(", ")}, ${x}), ${x})
    WHEN ${IS_SECONDS(x)} THEN round(${x} * 1000) ELSE ${x} END`;
}

/** A cast ends the SELECT with an error on the 30th of February, so that such days are left out by their names. */
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

/** PostgreSQL 16 can tell what a cast takes; for an older server an expression does, which takes ten times as long. */
export function postgresqlTime(x: string, type: PostgresqlTime, canTell: boolean): string {
  const parsed = `extract(epoch FROM ${x}::timestamptz) * 1000`;
  if (type === "timestamp") return `round(${parsed})`;
  if (type === "number") return `round(CASE WHEN ${IS_SECONDS(x)} THEN ${x} * 1000.0 ELSE ${x} END)`;
  const isTime = canTell
    ? `substr(${x}, 5, 1) = '-' AND pg_input_is_valid(${x}, 'timestamptz')`
    : `${x} ~ '${ISO}'`;
  return `round(CASE WHEN ${isTime} THEN ${parsed} WHEN ${x} IS NOT NULL THEN 'NaN' END)`;
}
