/** How SQLite explains a SELECT: sqlite.org/eqp.html. */
import type { Explanation } from "../sql/examine.ts";

export const EXPLANATION: Explanation = {
  prefix: "EXPLAIN QUERY PLAN",
  lines: (rows) => rows.map(({ detail }) => String(detail)),
  isScan: (line, lines) => {
    const scanned = /^SCAN (\S+)$/.exec(line)?.[1];
    // What was made by another part of the plan is no table.
    return (
      scanned !== undefined &&
      !lines.some((other) => /^(CO-ROUTINE|MATERIALIZE) (\S+)/.exec(other)?.[2] === scanned)
    );
  },
};
