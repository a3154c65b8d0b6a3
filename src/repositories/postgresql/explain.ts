/** Explains how PostgreSQL runs a SELECT: the manual's chapter 14.1. */
import type { Visits } from "../repository.ts";
import type { Explain } from "../sql/examine.ts";
import { query } from "../sql/statements.ts";

/** A plan node that reads a table, with the number of rows that it returned per loop, and of loops. */
const NODE = / Scan (?:Backward )?(?:using \S+ )?on .*\(actual rows=([\d.]+) loops=(\d+)\)$/;
const REMOVED = /^Rows Removed by (?:Filter|Index Recheck): (\d+)/;
const NOT_A_TABLE = /(Bitmap Index|Function|CTE|Subquery|Values|WorkTable|Result) Scan/;

/** To count the rows, PostgreSQL runs the SELECT. */
export function explainBy(countsVisits: boolean): Explain {
  return function* (section, sql) {
    const analyze = countsVisits ? "ANALYZE, TIMING FALSE, SUMMARY FALSE, BUFFERS FALSE, " : "";
    const rows = yield* query(section, `EXPLAIN (${analyze}COSTS FALSE) ${sql}`);
    const plan = rows.map((row) => String(Object.values(row)[0]).trim());
    const scans = plan.some((line) => /\bSeq Scan on /.test(line));
    return { plan, scans, visits: countsVisits ? visitsIn(plan) : undefined };
  };
}

function visitsIn(plan: readonly string[]): Visits {
  let [visited, loops] = [0, 0];
  for (const line of plan) {
    const node = NOT_A_TABLE.test(line) ? null : NODE.exec(line);
    if (node || /\((actual|never)/.test(line)) loops = Number(node?.[2] ?? 0);
    const rows = node?.[1] ?? REMOVED.exec(line)?.[1] ?? 0;
    visited += loops * Number(rows);
  }
  return { rows: Math.round(visited), isAtLeast: false };
}
