/** How PostgreSQL explains a SELECT. */
import type { Explanation } from "../sql/examine.ts";

export const EXPLANATION: Explanation = {
  prefix: "EXPLAIN (COSTS FALSE)",
  lines: (rows) => rows.map((row) => String(Object.values(row)[0]).trim()),
  isScan: (line) => /\bSeq Scan on /.test(line),
};
