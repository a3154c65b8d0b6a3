/** Columns as a profile's sections want them: the form of a time is told by its type, or by some of its values. */
import type { SqlDialect } from "../profiles/profile.ts";
import { type Column, identifier } from "./catalog.ts";
import { kindOf } from "./roles.ts";

/** A time column, and what is to be said of it. */
export interface Time {
  readonly sql: string;
  /** What its number is to be divided by; 1 for all that the service converts by itself. */
  readonly divisor: 1 | 1_000 | 1_000_000;
  /** A condition: it is later than now. */
  readonly isAhead: string;
  readonly doubt?: string;
}

/** Undefined if its values are no times. */
export function timeOf(column: Column, values: readonly unknown[], dialect: SqlDialect): Time | undefined {
  const sql = identifier(column.name, dialect);
  const isServer = dialect === "postgresql";
  const now = isServer ? "extract(epoch FROM now())" : "unixepoch('subsec')";
  const numeric = (unit: number, divisor: Time["divisor"]): Time => ({
    ...{ sql, divisor, isAhead: `${sql} > ${now}${unit === 1 ? "" : ` * ${unit}`}` },
  });
  const isTyped = isServer && kindOf(column.type) === "time";
  if (
    isTyped ||
    (values.length === 0 && kindOf(column.type) !== "number") ||
    values.some((value) => typeof value === "string")
  ) {
    const texts = values.filter((value) => typeof value === "string");
    if (!isTyped && !texts.every((text) => /^\d{4}-\d\d-\d\d/.test(text))) return undefined;
    const isAhead = isServer
      ? `${sql}${isTyped ? "" : "::timestamptz"} > now()`
      : `unixepoch(${sql}, 'subsec') > unixepoch('subsec')`;
    const hasNoZone = isTyped
      ? /without/.test(column.type)
      : texts.some((text) => !/(Z|[+-]\d\d(:?\d\d)?)$/.test(text.slice(10)));
    const doubt = hasNoZone
      ? "names no zone, and is taken for UTC: else write `-- timezone: …` in the header"
      : undefined;
    return { sql, divisor: 1, isAhead, ...(doubt && { doubt }) };
  }
  if (values.length === 0)
    return { ...numeric(1, 1), doubt: "has no value yet: seconds or milliseconds are expected" };
  const largest = Math.max(...values.map(Number));
  // A flag, a duration or a Julian day is no time since 1970.
  if (!(largest > 1e8)) return undefined;
  if (largest < 1e11) return numeric(1, 1);
  if (largest < 1e14) return numeric(1_000, 1);
  return largest < 1e17 ? numeric(1e6, 1_000) : numeric(1e9, 1_000_000);
}

/** `x AS started_at`, or in milliseconds. */
export function timeAs(time: Time | undefined, name: string, of = (sql: string) => sql): string {
  if (!time) return `NULL AS ${name}`;
  return time.divisor === 1 ? as(of(time.sql), name) : `${of(time.sql)} / ${time.divisor} AS ${name}_ms`;
}

export function as(sql: string, name: string): string {
  return sql === name ? name : `${sql} AS ${name}`;
}

export function textOf({ name, type }: Column, values: readonly unknown[], dialect: SqlDialect): string {
  const sql = identifier(name, dialect);
  if (dialect === "postgresql")
    return /^(text|uuid|name|character)/.test(type)
      ? sql
      : type === "bytea"
        ? `encode(${sql}, 'hex')`
        : `${sql}::text`;
  if (/blob|binary/i.test(type) || values.some((value) => value instanceof Uint8Array))
    return `lower(hex(${sql}))`;
  return kindOf(type) === "text" && values.every((value) => typeof value === "string")
    ? sql
    : `CAST(${sql} AS TEXT)`;
}

/** PostgreSQL's numeric is neither of the contract's numbers. */
export function numberOf(
  { name, type }: Column,
  dialect: SqlDialect,
  cast: "bigint" | "double precision" = "bigint",
): string {
  const sql = identifier(name, dialect);
  return dialect === "postgresql" && /^(numeric|real|double|money)/.test(type) ? `${sql}::${cast}` : sql;
}
