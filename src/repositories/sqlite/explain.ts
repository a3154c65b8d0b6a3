/**
 * Explains how SQLite runs a SELECT: sqlite.org/eqp.html. SQLite does not report how many rows it visits, so they are
 * counted while the SELECT runs once more: a temporary view replaces each table and calls a function for each row.
 */
import type { SectionName } from "../../profiles/contract.ts";
import type { Visits } from "../repository.ts";
import type { Cells } from "../sql/columns.ts";
import type { Explain } from "../sql/examine.ts";
import { query } from "../sql/statements.ts";
import type { Connection } from "./connection.ts";

/** Much less than the limit of a SELECT. */
const COUNTING_MILLISECONDS = 300;

/** An index that finds at least this many rows, and half of the table, is slower than a scan. */
const TOO_MANY_FOUND = 1_000;

const TABLES = `SELECT name FROM pragma_table_list
  WHERE schema = 'main' AND type = 'table' AND wr = 0 AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'`;

export function explainBy(connection: Connection, countsVisits: boolean): Explain {
  return function* (section, sql) {
    const plan = planOf(yield* query(section, `EXPLAIN QUERY PLAN ${sql}`));
    const scans = scansTable(plan);
    return { plan, scans, visits: countsVisits ? countVisits(connection, section, sql, plan) : undefined };
  };
}

export function planOf(rows: readonly Cells[]): readonly string[] {
  return rows.map(({ detail }) => String(detail));
}

/** Whether a whole table is scanned without an index. Results of other parts of the plan do not count. */
export function scansTable(plan: readonly string[]): boolean {
  const made = plan.map((line) => /^(?:CO-ROUTINE|MATERIALIZE) (\S+)/.exec(line)?.[1]);
  const scanned = plan.flatMap((line) => /^SCAN (\S+)$/.exec(line)?.[1] ?? []);
  return scanned.some((name) => !made.includes(name));
}

/** Undefined if the SELECT cannot be run on the views, or would be run differently. */
function countVisits(
  connection: Connection,
  section: SectionName,
  sql: string,
  plan: readonly string[],
): Visits | undefined {
  const ask = (text: string) => connection.query({ section, sql: text, values: [] });
  // Creating temporary views requires it. The file itself is open read-only.
  const change = (text: string) => connection.exec(`PRAGMA query_only = 0; ${text}; PRAGMA query_only = 1`);
  const tables = ask(TABLES).map(({ name }) => String(name));
  const named = tables.filter((table) => sql.toLowerCase().includes(table.toLowerCase())).map(quoted);
  const found = new Map<unknown, number>();
  const end = performance.now() + COUNTING_MILLISECONDS;
  let [rows, isAtLeast] = [0, false];
  connection.define("orch_metrics_visit", (_rowid, table) => {
    rows += 1;
    found.set(table, (found.get(table) ?? 0) + 1);
    isAtLeast = rows % 1024 === 0 && performance.now() > end;
    if (isAtLeast) throw new Error("counted long enough");
    return 1;
  });
  try {
    for (const table of named)
      change(`CREATE TEMP VIEW ${table} AS SELECT rowid, * FROM main.${table}
        WHERE orch_metrics_visit(rowid, '${table.replaceAll("'", "''")}')`);
    const counted = planOf(ask(`EXPLAIN QUERY PLAN ${sql}`));
    if (withoutNames(counted) !== withoutNames(plan)) return undefined;
    try {
      ask(sql);
    } catch (error) {
      if (!isAtLeast) throw error;
    }
    const [, table = "", column = ""] =
      SEARCHED.exec(counted.find((line) => TABLE_STEP.test(line)) ?? "") ?? [];
    const visited = found.get(quoted(table)) ?? 0;
    const isHalf = () =>
      isAtLeast || visited > Number(ask(`SELECT count(*) / 2 AS half FROM main.${quoted(table)}`)[0]?.half);
    return visited >= TOO_MANY_FOUND && isHalf()
      ? { rows, isAtLeast, advice: adviceFor(sql, table, column) }
      : { rows, isAtLeast };
  } catch {
    return undefined;
  } finally {
    for (const table of named) change(`DROP VIEW IF EXISTS temp.${table}`);
  }
}

const TABLE_STEP = /^(SCAN|SEARCH) main\./;
const SEARCHED = /^SEARCH main\.(.+) USING (?:COVERING )?INDEX .+ \((\w+)[=<>]/;

function adviceFor(sql: string, table: string, column: string): string {
  const isNull = new RegExp(`\\b${column}\\b"?\\s+IS\\s+NULL`, "i").test(sql) ? " IS NULL" : "";
  return `the index on ${column} matches too many rows of ${table}: use +${column}${isNull} in the condition, so that SQLite does not use that index, or run ANALYZE`;
}

/** Removes the tables' and views' names, so that plans can be compared. */
function withoutNames(plan: readonly string[]): string {
  return plan.map((line) => line.replace(/^(SCAN|SEARCH) \S+/, "$1")).join();
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
