/** A profile for one table, as a text that a person goes over: each line with "unsure" is a guess. */
import type { SqlDialect } from "../profiles/profile.ts";
import { type Catalog, type Column, growingKey, identifier, type Table } from "./catalog.ts";
import { as, numberOf, type Time, textOf, timeAs, timeOf } from "./expressions.ts";
import type { Role, Roles } from "./roles.ts";
import { type States, statesByColumns, statesByWords } from "./states.ts";

const TIMES = ["started", "finished", "failed", "cancelled", "created", "available", "heartbeat"] as const;

type Times = { readonly [Name in Role]?: Time };

const TOKENS = [
  ["inputTokens", "input_tokens"],
  ["outputTokens", "output_tokens"],
  ["cacheReadTokens", "cache_read_tokens"],
  ["cacheCreationTokens", "cache_creation_tokens"],
] as const;

/** Undefined if the table has nothing to draft from: neither a status nor an end, nor a cost. */
export async function draft(catalog: Catalog, table: Table, named: Roles): Promise<string | undefined> {
  const { dialect } = catalog;
  const shown = Object.values(named).filter((column) => column !== undefined);
  const values = await catalog.values(table, [
    ...shown,
    ...table.columns.filter((column) => column.key > 0 && !shown.includes(column)),
  ]);
  const of = (column: Column) => values.get(column) ?? [];
  const times: { [Name in Role]?: Time } = {};
  const doubts: string[] = [];
  for (const role of TIMES) {
    const column = named[role];
    const time = column && timeOf(column, of(column), dialect);
    if (time) times[role] = time;
    else if (column)
      doubts.push(`${identifier(column.name, dialect)} holds no time that is understood, and is left out`);
  }
  const roles = Object.fromEntries(
    Object.entries(named).filter(([role]) => times[role as Role] || !TIMES.some((time) => time === role)),
  ) as Roles;
  const native = roles.status && (await catalog.words(table, roles.status));
  const states =
    roles.status && (native || !roles.finished)
      ? statesByWords(roles.status, native ?? [], dialect)
      : roles.finished || roles.failed || (roles.started && !roles.started.isNotNull)
        ? statesByColumns(roles, dialect)
        : undefined;
  const sql = new Expressions(table, roles, times, values, dialect);
  const sections = [
    ...(states ? queue(sql, states) : []),
    ...(states && isAgent(roles) ? [agents(sql, states)] : []),
    ...(roles.cost || roles.inputTokens || roles.outputTokens ? [cost(sql, states)] : []),
  ];
  if (sections.length === 0) return undefined;
  const head = header(
    table,
    dialect,
    [...doubts, ...sql.doubts, ...(states?.doubts ?? [])],
    states?.unseen ?? [],
  );
  return [head, ...sections].join("\n\n").concat("\n");
}

/** The columns of one table as expressions of the sections. */
class Expressions {
  readonly table: Table;
  readonly roles: Roles;
  readonly times: Times;
  readonly dialect: SqlDialect;
  readonly key: Column | undefined;
  readonly #values: ReadonlyMap<Column, readonly unknown[]>;

  constructor(
    table: Table,
    roles: Roles,
    times: Times,
    values: ReadonlyMap<Column, readonly unknown[]>,
    dialect: SqlDialect,
  ) {
    this.table = table;
    this.roles = roles;
    this.times = times;
    this.dialect = dialect;
    this.#values = values;
    const keys = table.columns.filter(({ key }) => key > 0);
    this.key = keys.length === 1 ? keys[0] : undefined;
  }

  get growing(): string | undefined {
    const key = growingKey(this.table);
    return key && identifier(key.name, this.dialect);
  }

  get id(): string {
    const { key, table, dialect } = this;
    if (key) return this.#textOf(key);
    const keys = table.columns.filter((column) => column.key > 0).toSorted((a, b) => a.key - b.key);
    const own = table.columns.find(({ name }) => /^(id|uuid)$/i.test(name));
    if (own) return this.#textOf(own);
    if (keys.length > 0) return keys.map((column) => this.#textOf(column)).join(" || '/' || ");
    return dialect === "sqlite" ? "CAST(_rowid_ AS TEXT)" : "ctid::text";
  }

  text(role: Role): string {
    const column = this.roles[role];
    return column ? this.#textOf(column) : "NULL";
  }

  number(role: Role): string {
    const column = this.roles[role];
    return column ? numberOf(column, this.dialect) : "NULL";
  }

  /** Starts of a job. Who counts retries does not count the first. */
  get attempts(): string {
    const { attempts } = this.roles;
    return attempts && isRetries(attempts) ? `${this.number("attempts")} + 1` : this.number("attempts");
  }

  get cost(): string {
    const { cost } = this.roles;
    if (!cost) return "NULL";
    const column = numberOf(cost, this.dialect, "double precision");
    const known = cost.isNotNull && cost.hasDefault ? `nullif(${column}, 0)` : column;
    return /cent/i.test(cost.name) ? `${known} / 100.0` : known;
  }

  #textOf(column: Column): string {
    return textOf(column, this.#values.get(column) ?? [], this.dialect);
  }

  /** FROM, and a WHERE that leaves out deleted rows. */
  from(...conditions: readonly string[]): string {
    const { deleted } = this.roles;
    const name = deleted && identifier(deleted.name, this.dialect);
    const isFlag =
      deleted && !/date|time|text|char/i.test(deleted.type) && /^is|boo/i.test(deleted.name + deleted.type);
    // The + keeps SQLite from an index that finds nearly every row.
    const plus = this.dialect === "sqlite" ? "+" : "";
    const kept = name && (isFlag ? `NOT ${name}` : `${plus}${name} IS NULL`);
    const all = [...conditions, ...(kept ? [kept] : [])];
    return `FROM ${this.table.sql}${all.length > 0 ? ` WHERE ${all.join(" AND ")}` : ""}`;
  }

  get doubts(): readonly string[] {
    const { deleted, cost, attempts } = this.roles;
    const name = (column: Column) => identifier(column.name, this.dialect);
    return [
      ...Object.values(this.times).flatMap(({ sql, doubt }) => (doubt ? [`${sql} ${doubt}`] : [])),
      ...(deleted ? [`rows with ${name(deleted)} are left out`] : []),
      ...(attempts && isRetries(attempts) ? [`${name(attempts)} is taken for starts after the first`] : []),
      ...(cost && !/usd/i.test(cost.name)
        ? [`${name(cost)} is taken for ${/cent/i.test(cost.name) ? "US cents" : "US dollars"}`]
        : []),
      ...(cost?.isNotNull && cost.hasDefault ? [`a ${name(cost)} of 0 is taken for an unknown price`] : []),
    ];
  }
}

function isRetries({ name }: Column): boolean {
  return /retr|error|fail/i.test(name);
}

function isAgent({ pid, heartbeat, agent, model, log, cost, inputTokens }: Roles): boolean {
  return [pid, heartbeat, agent, model, log, cost, inputTokens].some((column) => column !== undefined);
}

function header(
  table: Table,
  dialect: SqlDialect,
  doubts: readonly string[],
  unseen: readonly string[],
): string {
  const missing =
    unseen.length > 0
      ? [
          `no row is ${unseen.join(", ")}: what the source never keeps belongs into \`-- unreported-statuses: …\``,
        ]
      : [];
  return [
    '-- Drafted by orch-metrics init: go over each line with "unsure", and take the word out.',
    `-- dialect: ${dialect}`,
    `-- system: the table ${table.name}`,
    "-- versions: a draft",
    ...[...doubts, ...missing].map((doubt) => `-- unsure: ${doubt}`),
  ].join("\n");
}

function section(name: string, columns: readonly string[], from: string): string {
  return `-- name: ${name}\nSELECT ${columns.join(",\n  ")}\n${from}`;
}

function queue(sql: Expressions, states: States): readonly string[] {
  const { growing, roles, times } = sql;
  const { created, available, started } = times;
  const status = `${states.status} AS status`;
  const native = as(states.native, "native_status");
  const attempts = as(sql.attempts, "attempts");
  const most = as(sql.number("maxAttempts"), "max_attempts");
  const due = available ? ` AND (${available.sql} IS NULL OR NOT ${available.isAhead})` : "";
  const since = available && (roles.available?.isNotNull || !created) ? available : created;
  const early = available && `FILTER (WHERE ${states.queued} AND ${available.isAhead})`;
  const lowest = (condition: string) => (column: string) => `min(${column}) FILTER (WHERE ${condition})`;
  return [
    ...(growing
      ? [
          section(
            "job_history",
            [as(growing, "job_key"), status, native, attempts, most, as(states.open, "is_open")],
            sql.from(),
          ),
        ]
      : [section("queue_counts", [status, native, "count(*) AS jobs"], `${sql.from()} GROUP BY 1, 2`)]),
    ...(!growing && roles.attempts
      ? [
          section(
            "queue_retries",
            [
              `count(*) FILTER (WHERE ${sql.attempts} >= 2) AS retried_jobs`,
              `sum(${sql.attempts})${sql.dialect === "sqlite" ? "" : "::bigint"} AS attempts`,
              `count(*) FILTER (WHERE ${states.queued} AND ${sql.number("attempts")} >= 1) AS waiting_retry`,
            ],
            sql.from(),
          ),
        ]
      : []),
    section(
      "queue_ages",
      [
        timeAs(since, "oldest_queued_at", lowest(`${states.queued}${due}`)),
        timeAs(started, "oldest_running_at", lowest(states.running)),
        early ? `count(*) ${early} AS delayed_jobs` : "NULL AS delayed_jobs",
        timeAs(available, "next_available_at", lowest(`${states.queued} AND ${available?.isAhead}`)),
      ],
      sql.from(states.open),
    ),
    section(
      "queue_running",
      [
        as(sql.id, "job_id"),
        as(sql.text("task"), "task_id"),
        as(sql.text("kind"), "kind"),
        timeAs(started, "started_at"),
        attempts,
        most,
      ],
      sql.from(states.running),
    ),
  ];
}

function agents(sql: Expressions, states: States): string {
  const { roles, times, dialect } = sql;
  const pid =
    roles.pid && dialect === "postgresql" && !/int/.test(roles.pid.type)
      ? "NULL"
      : roles.pid
        ? identifier(roles.pid.name, dialect)
        : "NULL";
  return section(
    "agents",
    [
      as(sql.id, "run_id"),
      as(sql.text("task"), "task_id"),
      as(sql.text(roles.agent ? "agent" : "kind"), "agent"),
      as(sql.text("model"), "model"),
      as(pid, "pid"),
      as(sql.text("host"), "host"),
      timeAs(times.started, "started_at"),
      timeAs(times.heartbeat, "heartbeat_at"),
      as(sql.id, "job_id"),
      ...(roles.log ? [as(sql.text("log"), "log_path")] : []),
      ...(roles.cost ? [as(sql.cost, "cost_usd")] : []),
      ...TOKENS.flatMap(([role, name]) => (roles[role] ? [as(sql.number(role), name)] : [])),
    ],
    sql.from(states.running),
  );
}

function cost(sql: Expressions, states: States | undefined): string {
  const { growing, roles, dialect } = sql;
  const [agent, model] = [
    as(sql.text(roles.agent ? "agent" : "kind"), "agent"),
    as(sql.text("model"), "model"),
  ];
  if (growing && states) {
    const tokens = TOKENS.map(([role, name]) => as(sql.number(role), name));
    return section(
      "run_history",
      [as(growing, "run_key"), agent, model, as(sql.cost, "cost_usd"), ...tokens, as(states.open, "is_open")],
      sql.from(),
    );
  }
  const sum = (column: string) => (column === "NULL" ? "NULL" : `sum(${column})`);
  const tokens = TOKENS.map(
    ([role, name]) =>
      `${sum(sql.number(role))}${roles[role] && dialect === "postgresql" ? "::bigint" : ""} AS ${name}`,
  );
  const columns = [
    agent,
    model,
    "count(*) AS runs",
    roles.cost ? `count(${sql.cost}) AS priced_runs` : "NULL AS priced_runs",
  ];
  return section(
    "cost",
    [...columns, `${sum(sql.cost)} AS cost_usd`, ...tokens],
    `${sql.from()} GROUP BY 1, 2`,
  );
}
