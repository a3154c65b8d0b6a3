/** Converts the columns of a table to the forms that a profile's sections require. */
import type { SqlDialect } from "../profiles/profile.ts";
import { type Catalog, type Column, identifier, keyOf, type Table } from "./catalog.ts";
import { kindOf, type Role, type Roles, TIMES } from "./roles.ts";

export interface ColumnsInSql {
  /** SQL by role. For `deleted`, a condition that selects the other rows. */
  readonly sql: { [Name in Role]?: string | undefined };
  /** Without time roles whose values are not times. */
  readonly roles: Roles;
  readonly doubts: string[];
  readonly textOf: (column: Column) => string;
}

export async function columnsInSql(catalog: Catalog, table: Table, named: Roles): Promise<ColumnsInSql> {
  const { dialect } = catalog;
  const sql: { [Name in Role]?: string | undefined } = {};
  const roles = { ...named };
  const doubts: string[] = [];
  const looked = [...TIMES.map((role) => named[role]), named.task_id, ...keyOf(table)];
  const values = await catalog.values(table, [...new Set(looked.filter((column) => column !== undefined))]);
  const textOf = (column: Column) => asText(column, values.get(column) ?? [], dialect);
  const met = { none: [] as string[], unknown: [] as string[], zoneless: [] as string[] };
  for (const [role, column] of Object.entries(named) as [Role, Column][]) {
    const name = identifier(column.name, dialect);
    if (!TIMES.includes(role)) {
      sql[role] = asNumber(role, column, name, dialect) ?? textOf(column);
      continue;
    }
    const found = values.get(column) ?? [];
    const given = found.filter((value) => value !== "");
    const form = timeForm(column.type, given);
    if (typeof form === "string" && form !== "known") met[form].push(name);
    if (form === "none") delete roles[role];
    else
      sql[role] =
        typeof form === "number"
          ? `${name} / ${form}`
          : given.length < found.length
            ? `nullif(${name}, '')`
            : name;
  }
  const { cost_usd: cost, attempts, deleted } = roles;
  if (met.none.length > 0) doubts.push(`not times, and left out: ${met.none.join(", ")}`);
  if (met.unknown.length > 0) doubts.push(`no values yet to check as times: ${met.unknown.join(", ")}`);
  if (met.zoneless.length > 0)
    doubts.push(`times assumed in UTC: otherwise set timezone in the header: ${met.zoneless.join(", ")}`);
  if (cost && !/usd|cent/i.test(cost.name)) doubts.push(`${identifier(cost.name, dialect)} is in US dollars`);
  if (cost && isZeroUnknown(cost))
    doubts.push(`${identifier(cost.name, dialect)} of 0 means an unknown price`);
  if (attempts && isRetries(attempts))
    doubts.push(`${identifier(attempts.name, dialect)} does not count the first start`);
  if (deleted) doubts.push(`rows with ${identifier(deleted.name, dialect)} are left out`);
  return { sql, roles, doubts, textOf };
}

/** Returns undefined for roles that are texts. PostgreSQL's `numeric` must be cast to a number of the contract. */
function asNumber(role: Role, column: Column, name: string, dialect: SqlDialect): string | undefined {
  const isServer = dialect === "postgresql";
  const cast = (type: string) =>
    isServer && /^(numeric|real|double|money)/.test(column.type) ? `${name}::${type}` : name;
  if (/attempts$/.test(role)) return `${cast("bigint")}${isRetries(column) ? " + 1" : ""}`;
  if (/_tokens$/.test(role)) return cast("bigint");
  if (role === "pid") return isServer && !/int/.test(column.type) ? "NULL" : name;
  if (role === "cost_usd") {
    const price = isZeroUnknown(column) ? `nullif(${cast("double precision")}, 0)` : cast("double precision");
    return /cent/i.test(column.name) ? `${price} / 100.0` : price;
  }
  if (role !== "deleted") return undefined;
  if (/^is_?|bool/i.test(`${column.name} ${column.type}`)) return `NOT ${name}`;
  // The + prevents SQLite from using an index that matches nearly every row.
  return `${isServer ? "" : "+"}${name} IS NULL`;
}

function asText({ name, type }: Column, values: readonly unknown[], dialect: SqlDialect): string {
  const sql = identifier(name, dialect);
  if (dialect === "postgresql") {
    if (type === "bytea") return `encode(${sql}, 'hex')`;
    return /^(text|uuid|name|character)/.test(type) ? sql : `${sql}::text`;
  }
  if (/blob|binary/i.test(type) || values.some((value) => value instanceof Uint8Array))
    return `lower(hex(${sql}))`;
  return kindOf(type) === "text" && values.every((value) => typeof value === "string")
    ? sql
    : `CAST(${sql} AS TEXT)`;
}

/** Returns the form of a time. For micro- and nanoseconds, which the service does not convert, it is the divisor. */
function timeForm(
  type: string,
  values: readonly unknown[],
): "known" | "zoneless" | "none" | "unknown" | 1_000 | 1_000_000 {
  if (values.some((value) => value instanceof Date) || /^timestamp/.test(type))
    return /without/.test(type) ? "zoneless" : "known";
  if (values.length === 0) return "unknown";
  const texts = values.filter((value) => typeof value === "string");
  if (texts.length > 0) {
    if (!texts.every((text) => /^\d{4}-\d\d-\d\d/.test(text))) return "none";
    return texts.every((text) => /(Z|[+-]\d\d(:?\d\d)?)$/.test(text.slice(10))) ? "known" : "zoneless";
  }
  const largest = values.reduce<number>((most, value) => Math.max(most, Number(value)), 0);
  // Too small for a time since 1970: a flag, a duration or a Julian day.
  if (largest < 1e8) return "none";
  return largest < 1e14 ? "known" : largest < 1e17 ? 1_000 : 1_000_000;
}

/** A count of retries excludes the first start. */
const isRetries = ({ name }: Column): boolean => /retr|error|fail/i.test(name);

const isZeroUnknown = ({ isNotNull, hasDefault }: Column): boolean => isNotNull && hasDefault;
