/** Drafts a profile for one table, as text for a person to review. Each line with "unsure" is a guess. */
import { CONTRACT, type SectionContract, type SectionName, unconverted } from "../profiles/contract.ts";
import { type Catalog, growingKey, identifier, keyOf, type Table } from "./catalog.ts";
import { columnsInSql } from "./expressions.ts";
import type { Role, Roles } from "./roles.ts";
import { statesByColumns, statesByWords } from "./states.ts";

/** Roles that only a run of an agent has. */
const AGENTS = "pid heartbeat_at agent model log_path cost_usd input_tokens".split(" ") as readonly Role[];

/** Resolves with undefined if the table has nothing to map: no status, no start and end, no model and no cost. */
export async function draft(catalog: Catalog, table: Table, named: Roles): Promise<string | undefined> {
  const { dialect } = catalog;
  const { sql, roles, doubts, textOf } = await columnsInSql(catalog, table, named);
  const { status, started_at, finished_at, failed_at, created_at, available_at, cost_usd, input_tokens } =
    roles;
  const words = status && (await catalog.words(table, status));
  const isTimed = finished_at || failed_at || (started_at && !started_at.isNotNull);
  const native = words || !isTimed ? status : undefined;
  const states = native
    ? statesByWords(native, words ?? [], dialect)
    : isTimed && statesByColumns(roles, dialect);
  // Some systems create a row only when it starts to run.
  if (native && created_at && !started_at && !available_at) {
    sql.started_at = sql.created_at;
    doubts.push(`${sql.created_at} is used as the start`);
  }
  const key = keyOf(table);
  const id =
    key.length > 0
      ? key.map(textOf).join(" || '/' || ")
      : dialect === "sqlite"
        ? "CAST(_rowid_ AS TEXT)"
        : "ctid::text";
  const growing = growingKey(table);
  const number = growing && identifier(growing.name, dialect);
  const agent = sql.agent ?? sql.kind;
  const keys = { job_key: number ?? id, run_key: number, run_id: id, job_id: id };
  /** Builds a section's SELECT: required columns always, optional ones if the table has them. */
  function section(
    name: SectionName,
    given: Readonly<Record<string, string | undefined>>,
    condition?: string,
    end = "",
  ) {
    const { columns, optional }: SectionContract = CONTRACT[name];
    const all = { ...sql, ...keys, ...given };
    const sqlOf = (column: string) => all[column as Role];
    const names = columns.map((column) => unconverted(column.name));
    const more = optional.map((column) => unconverted(column.name)).filter(sqlOf);
    const lines = [...names, ...more].map((column) => as(sqlOf(column) ?? "NULL", column));
    const where = [condition, sql.deleted].filter((one) => one !== undefined).join(" AND ");
    return `-- name: ${name}\nSELECT ${lines.join(",\n  ")}\nFROM ${table.sql}${where && `\nWHERE ${where}`}${end}`;
  }
  const sections: string[] = [];
  if (states) {
    const { running, open } = states;
    sections.push(
      section("jobs", { status: states.status, native_status: native && textOf(native), is_open: open }),
    );
    const isAgent = AGENTS.some((role) => roles[role]);
    if (isAgent) sections.push(section("agents", { agent }, running));
  }
  if (cost_usd || input_tokens || (roles.model && !states)) {
    const sum = (role: string, one = "NULL") =>
      `sum(${one})${role !== "cost_usd" && dialect === "postgresql" ? "::bigint" : ""}`;
    const sums = Object.fromEntries(Object.entries(sql).map(([role, one]) => [role, sum(role, one)]));
    const counts = { runs: "count(*)", priced_runs: sql.cost_usd && `count(${sql.cost_usd})` };
    sections.push(
      number && states
        ? section("run_history", { agent, is_open: states.open })
        : section("cost", { ...sums, agent, model: sql.model, ...counts }, undefined, "\nGROUP BY 1, 2"),
    );
  }
  if (sections.length === 0) return undefined;
  const missing = states ? states.missing.join(", ") : "";
  // Without a status column, a status is missing because its time column does not exist. That is certain.
  if (missing && words)
    doubts.push(`no row is ${missing}: if the system never keeps them, list them as unreported-statuses`);
  const header = [
    `-- Drafted from the table ${table.name}. Review each line with "unsure".`,
    `-- dialect: ${dialect}`,
    `-- system: ${table.name}`,
    ...(missing && !native ? [`-- unreported-statuses: ${missing}`] : []),
    ...[...doubts, ...(states ? states.doubts : [])].map((doubt) => `-- unsure: ${doubt}`),
  ];
  return `${[header.join("\n"), ...sections].join("\n\n")}\n`;
}

function as(sql: string, name: string): string {
  return sql === name ? name : `${sql} AS ${name}`;
}
