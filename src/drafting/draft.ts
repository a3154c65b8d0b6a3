/** A profile for one table, as a text that a person goes over: each line with "unsure" is a guess. */
import type { SqlDialect } from "../profiles/profile.ts";
import { type Catalog, type Column, growingKey, identifier, type Table } from "./catalog.ts";
import { kindOf, type Role, type Roles } from "./roles.ts";
import { type States, statesByColumns, statesByWords } from "./states.ts";

const TIMES: readonly Role[] = [
  "started",
  "finished",
  "failed",
  "cancelled",
  "created",
  "available",
  "heartbeat",
];

const TOKENS = [
  ["inputTokens", "input_tokens"],
  ["outputTokens", "output_tokens"],
  ["cacheReadTokens", "cache_read_tokens"],
  ["cacheCreationTokens", "cache_creation_tokens"],
] as const satisfies readonly (readonly [Role, string])[];

/** Undefined if the table has nothing to draft from: neither a status, nor a start and an end, nor a model or a cost. */
export async function draft(catalog: Catalog, table: Table, named: Roles): Promise<string | undefined> {
  const values = await catalog.values(table, [
    ...new Set([...Object.values(named), ...table.columns.filter(({ key }) => key > 0)]),
  ]);
  const doubts: string[] = [];
  const sql = new Columns(table, catalog.dialect, named, values, doubts);
  const { roles } = sql;
  const words = roles.status && (await catalog.words(table, roles.status));
  const isTimed = roles.finished || roles.failed || (roles.started && !roles.started.isNotNull);
  const native = words || !isTimed ? roles.status : undefined;
  const states = native
    ? statesByWords(native, sql.of(native), words ?? [])
    : isTimed && statesByColumns(roles, (column) => sql.of(column));
  const { pid, heartbeat, agent, model, log, cost, inputTokens } = roles;
  const isAgent = pid || heartbeat || agent || model || log || cost || inputTokens;
  const sections = [
    ...(states ? [jobs(sql, states, native)] : []),
    ...(states && isAgent ? [agents(sql, states)] : []),
    ...(cost || inputTokens || (model && !states) ? [spent(sql, states || undefined)] : []),
  ];
  if (sections.length === 0) return undefined;
  const missing = states ? states.missing.join(", ") : "";
  const header = [
    `-- Drafted from the table ${table.name}. Go over each line with "unsure".`,
    `-- dialect: ${catalog.dialect}`,
    `-- system: ${table.name}`,
    // Columns that are not there are no matter of chance.
    ...(missing && states && !words ? [`-- unreported-statuses: ${missing}`] : []),
    ...(missing && words
      ? [`-- unsure: no row is ${missing}; if none is ever kept, list them as unreported-statuses`]
      : []),
    ...[...doubts, ...(states ? states.doubts : [])].map((doubt) => `-- unsure: ${doubt}`),
  ];
  return `${[header.join("\n"), ...sections].join("\n\n")}\n`;
}

/** The columns of a table in the forms that a profile's sections want. */
class Columns {
  readonly dialect: SqlDialect;
  /** Without times whose values are none. */
  readonly roles: Roles;
  readonly #table: Table;
  readonly #values: ReadonlyMap<Column, readonly unknown[]>;
  readonly #times: { [Name in Role]?: string } = {};

  constructor(
    table: Table,
    dialect: SqlDialect,
    named: Roles,
    values: ReadonlyMap<Column, readonly unknown[]>,
    doubts: string[],
  ) {
    this.dialect = dialect;
    this.#table = table;
    this.#values = values;
    const roles = { ...named };
    const forms = TIMES.flatMap((role) => {
      const column = named[role];
      if (!column) return [];
      const found = values.get(column) ?? [];
      const given = found.filter((value) => value !== "");
      const sql = given.length < found.length ? `nullif(${this.of(column)}, '')` : this.of(column);
      return [{ role, sql, form: timeForm(column, given) }];
    });
    for (const { role, sql, form } of forms) {
      if (form === "none") delete roles[role];
      else this.#times[role] = typeof form === "number" ? `${sql} / ${form}` : sql;
    }
    const are = (form: string) =>
      forms
        .filter((one) => one.form === form)
        .map(({ sql }) => sql)
        .join(", ");
    if (are("none")) doubts.push(`no times, and left out: ${are("none")}`);
    if (are("unknown")) doubts.push(`times without a value yet: ${are("unknown")}`);
    if (are("zoneless"))
      doubts.push(`times in UTC, or in a timezone that the header is to name: ${are("zoneless")}`);
    // Some systems keep a row only once it runs.
    if (!roles.started && !roles.available && roles.status && roles.created) {
      this.#times.started = this.#times.created ?? "NULL";
      doubts.push(`${this.of(roles.created)} is taken for the start`);
    }
    const { cost, attempts, deleted } = roles;
    this.roles = roles;
    if (cost && !/usd|cent/i.test(cost.name)) doubts.push(`${this.of(cost)} in US dollars`);
    if (cost?.isNotNull && cost.hasDefault) doubts.push(`a ${this.of(cost)} of 0 is an unknown price`);
    if (attempts && isRetries(attempts)) doubts.push(`${this.of(attempts)} does not count the first start`);
    if (deleted) doubts.push(`rows with ${this.of(deleted)} are left out`);
  }

  of({ name }: Column): string {
    return identifier(name, this.dialect);
  }

  time(role: Role, name: string): string {
    return as(this.#times[role] ?? "NULL", name);
  }

  text(column: Column | undefined): string {
    if (!column) return "NULL";
    const { type } = column;
    const values = this.#values.get(column) ?? [];
    const sql = this.of(column);
    if (this.dialect === "postgresql") {
      if (type === "bytea") return `encode(${sql}, 'hex')`;
      return /^(text|uuid|name|character)/.test(type) ? sql : `${sql}::text`;
    }
    if (/blob|binary/i.test(type) || values.some((value) => value instanceof Uint8Array))
      return `lower(hex(${sql}))`;
    const isText = kindOf(type) === "text" && values.every((value) => typeof value === "string");
    return isText ? sql : `CAST(${sql} AS TEXT)`;
  }

  /** PostgreSQL's `numeric` is neither of the contract's numbers. */
  number(column: Column | undefined, cast = "bigint"): string {
    if (!column) return "NULL";
    const isCast = this.dialect === "postgresql" && /^(numeric|real|double|money)/.test(column.type);
    return isCast ? `${this.of(column)}::${cast}` : this.of(column);
  }

  /** Who counts retries does not count the first start. */
  starts(column: Column | undefined): string {
    return `${this.number(column)}${column && isRetries(column) ? " + 1" : ""}`;
  }

  get cost(): string {
    const { cost } = this.roles;
    const price = this.number(cost, "double precision");
    const known = cost?.isNotNull && cost.hasDefault ? `nullif(${price}, 0)` : price;
    return cost && /cent/i.test(cost.name) ? `${known} / 100.0` : known;
  }

  get growingKey(): string | undefined {
    const key = growingKey(this.#table);
    return key && this.of(key);
  }

  /** As text. */
  get id(): string {
    const keys = this.#table.columns.filter(({ key }) => key > 0).toSorted((a, b) => a.key - b.key);
    const own =
      keys.length === 1 ? undefined : this.#table.columns.find(({ name }) => /^(id|uuid)$/i.test(name));
    if (own || keys.length > 0)
      return (own ? [own] : keys).map((column) => this.text(column)).join(" || '/' || ");
    return this.dialect === "sqlite" ? "CAST(_rowid_ AS TEXT)" : "ctid::text";
  }

  from(condition?: string): string {
    const { deleted } = this.roles;
    const isFlag = deleted && /^is_?|bool/i.test(`${deleted.name} ${deleted.type}`);
    // The + keeps SQLite from an index that finds nearly every row.
    const kept =
      deleted &&
      (isFlag
        ? `NOT ${this.of(deleted)}`
        : `${this.dialect === "sqlite" ? "+" : ""}${this.of(deleted)} IS NULL`);
    const all = [condition, kept].filter((one) => one !== undefined);
    return `FROM ${this.#table.sql}${all.length > 0 ? `\nWHERE ${all.join(" AND ")}` : ""}`;
  }
}

/** What its values are: those of a number that is to be divided are in micro- or nanoseconds. */
function timeForm(
  { type }: Column,
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
  // A flag, a duration or a Julian day is no time since 1970.
  if (largest < 1e8) return "none";
  return largest < 1e14 ? "known" : largest < 1e17 ? 1_000 : 1_000_000;
}

function isRetries({ name }: Column): boolean {
  return /retr|error|fail/i.test(name);
}

function as(sql: string, name: string): string {
  return sql === name ? name : `${sql} AS ${name}`;
}

function section(name: string, columns: readonly string[], from: string): string {
  return `-- name: ${name}\nSELECT ${columns.join(",\n  ")}\n${from}`;
}

function jobs(sql: Columns, { status, open }: States, native: Column | undefined): string {
  const { roles } = sql;
  const optional = [
    native && as(sql.text(native), "native_status"),
    roles.task && as(sql.text(roles.task), "task_id"),
    roles.kind && as(sql.text(roles.kind), "kind"),
    ...(["available", "created", "started"] as const).map((role) => sql.time(role, `${role}_at`)),
    roles.attempts && as(sql.starts(roles.attempts), "attempts"),
    roles.maxAttempts && as(sql.starts(roles.maxAttempts), "max_attempts"),
  ].filter((column) => column !== undefined && !column.startsWith("NULL "));
  const key = as(sql.growingKey ?? sql.id, "job_key");
  return section(
    "jobs",
    [key, `${status} AS status`, ...(optional as string[]), `${open} AS is_open`],
    sql.from(),
  );
}

function agents(sql: Columns, { running }: States): string {
  const { roles, dialect } = sql;
  const isPid = roles.pid && (dialect === "sqlite" || /int/.test(roles.pid.type));
  const columns = [
    as(sql.id, "run_id"),
    as(sql.text(roles.task), "task_id"),
    as(sql.text(roles.agent ?? roles.kind), "agent"),
    as(sql.text(roles.model), "model"),
    as(isPid && roles.pid ? sql.of(roles.pid) : "NULL", "pid"),
    as(sql.text(roles.host), "host"),
    sql.time("started", "started_at"),
    sql.time("heartbeat", "heartbeat_at"),
    as(sql.id, "job_id"),
    ...(roles.log ? [as(sql.text(roles.log), "log_path")] : []),
    ...(roles.cost ? [as(sql.cost, "cost_usd")] : []),
    ...TOKENS.flatMap(([role, name]) => (roles[role] ? [as(sql.number(roles[role]), name)] : [])),
  ];
  return section("agents", columns, sql.from(running));
}

function spent(sql: Columns, states: States | undefined): string {
  const { roles, dialect, growingKey: key } = sql;
  const labels = [as(sql.text(roles.agent ?? roles.kind), "agent"), as(sql.text(roles.model), "model")];
  if (key && states) {
    const tokens = TOKENS.map(([role, name]) => as(sql.number(roles[role]), name));
    const columns = [
      as(key, "run_key"),
      ...labels,
      as(sql.cost, "cost_usd"),
      ...tokens,
      `${states.open} AS is_open`,
    ];
    return section("run_history", columns, sql.from());
  }
  const sum = (role: Role, column: string, cast = "") =>
    roles[role] ? `sum(${column})${dialect === "postgresql" ? cast : ""}` : "NULL";
  const columns = [
    ...labels,
    "count(*) AS runs",
    `${roles.cost ? `count(${sql.cost})` : "NULL"} AS priced_runs`,
    `${sum("cost", sql.cost)} AS cost_usd`,
    ...TOKENS.map(([role, name]) => `${sum(role, sql.number(roles[role]), "::bigint")} AS ${name}`),
  ];
  return section("cost", columns, `${sql.from()}\nGROUP BY 1, 2`);
}
