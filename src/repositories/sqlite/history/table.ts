/** What the history needs to know of a table: which rows are history, and what is summed over them. */

/** `id` is an INTEGER PRIMARY KEY: rows of a range of ids lie together, and finding its ends costs no scan. */
export interface HistoryTable {
  readonly name: string;
  /** `id`, as text, of the rows that can still change by themselves. They are no history yet. */
  readonly openIds: string;
  /** `id`, as text, of the row that is so many rows after the first one: takes from, up to, how many. */
  readonly idAfter: string;
  /** Sums over the history in a range of ids, a row for each group: takes from and up to, both inclusive. */
  readonly sums: string;
  /** The columns of `sums` that name the group. */
  readonly labels: readonly string[];
  /** The columns of `sums` that are added up; NULL where no row had a value. */
  readonly numbers: readonly string[];
}

const TOKENS = ["input_tokens", "output_tokens", "cache_read_tokens", "cache_creation_tokens"] as const;

/**
 * Sums of usage, for a SELECT over agent_runs. In floating point: an integer SUM ends in an error past 2^63.
 * NULL where no run reported it.
 */
export const USAGE_SUMS = `COUNT(*) AS runs, COUNT(cost_usd) AS priced_runs, TOTAL(cost_usd) AS cost_usd,
  ${TOKENS.map((column) => `SUM(CAST(${column} AS REAL)) AS ${column}`).join(", ")},
  COUNT(*) FILTER (WHERE ${["cost_usd", ...TOKENS].map((column) => `typeof(${column}) IN ('text', 'blob')`).join(" OR ")}) AS mistyped`;

export const RUNS: HistoryTable = {
  name: "agent_runs",
  openIds: "SELECT CAST(id AS TEXT) AS id FROM agent_runs WHERE finished_at IS NULL",
  idAfter: idAfter("agent_runs"),
  sums: `SELECT agent, model, ${USAGE_SUMS} FROM agent_runs NOT INDEXED
    WHERE id BETWEEN ? AND ? AND finished_at IS NOT NULL GROUP BY agent, model`,
  labels: ["agent", "model"],
  numbers: ["runs", "priced_runs", "cost_usd", ...TOKENS, "mistyped"],
};

export const JOBS: HistoryTable = {
  name: "jobs",
  openIds: "SELECT CAST(id AS TEXT) AS id FROM jobs WHERE status IN ('queued', 'running')",
  idAfter: idAfter("jobs"),
  sums: `SELECT status, COUNT(*) AS jobs,
      COUNT(*) FILTER (WHERE attempts >= 2) AS retried_jobs,
      TOTAL(attempts) AS attempts_total,
      COUNT(*) FILTER (WHERE attempts >= max_attempts) AS exhausted_jobs,
      COUNT(*) FILTER (WHERE typeof(attempts) <> 'integer') AS mistyped
    FROM jobs NOT INDEXED WHERE id BETWEEN ? AND ? AND status NOT IN ('queued', 'running') GROUP BY status`,
  labels: ["status"],
  numbers: ["jobs", "retried_jobs", "attempts_total", "exhausted_jobs", "mistyped"],
};

function idAfter(table: string): string {
  return `SELECT CAST(id AS TEXT) AS id FROM ${table} NOT INDEXED WHERE id BETWEEN ? AND ? ORDER BY ${table}.id LIMIT 1 OFFSET ?`;
}
