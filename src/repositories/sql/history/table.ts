/** Describes a section that lists history row by row: which rows are history, and their totals. */
import { type Column, columnsOf, isTime, KEYS, type SectionName } from "../../../profiles/contract.ts";
import { isNullableNumber, rangeOf } from "../ranges.ts";
import type { Source } from "../source.ts";
import type { Value } from "../statements.ts";
import { type IdRange, type Key, WHOLE_NUMBER, within } from "./keys.ts";
import { ages } from "./open-jobs.ts";

export type HistorySection = keyof typeof KEYS;

export function isHistorySection(name: SectionName): name is HistorySection {
  return name in KEYS;
}

/** The sections that aggregate the whole table instead. */
export const INSTEAD: Readonly<Record<HistorySection, string>> = {
  jobs: "queue_counts and queue_retries",
  job_history: "queue_counts and queue_retries",
  run_history: "cost",
};

/** A SELECT over a range of ids. */
export interface Ranged {
  readonly sql: string;
  readonly values: readonly Value[];
}

/** The key must be indexed, so that a range of rows and its ends are found without a scan. */
export interface HistoryTable {
  readonly section: HistorySection;
  readonly key: Key;
  /** The lowest and the highest key, as text. No row for an empty table. Two SELECTs, so that each uses an end of the index. */
  readonly lowestId: string;
  readonly highestId: string;
  /** Selects `id`, as text, of the row that is `rows` rows after the first one. */
  readonly idAfter: (range: IdRange, rows: number) => Ranged;
  /** Selects totals over the history in a range of IDs, a row for each group. */
  readonly sums: (range: IdRange) => Ranged;
  /** The same totals over the rows that can still change, with `ids`, their keys as texts. For `jobs` also of their times. */
  readonly openSums: string;
  /** The same totals over all rows. */
  readonly allSums: string;
  /** The columns of `sums` that identify the group. */
  readonly labels: readonly string[];
  /** The columns of `sums` that are added up. NULL if no row had a value. */
  readonly numbers: readonly string[];
}

interface Shape {
  readonly labels: readonly string[];
  /** SQL by column, in floating point, since an integer SUM fails above 2^63. */
  readonly sums: Readonly<Record<string, string>>;
}

const TOKENS = ["input_tokens", "output_tokens", "cache_read_tokens", "cache_creation_tokens"] as const;

const JOBS: Shape = {
  labels: ["status", "native_status"],
  sums: {
    jobs: "COUNT(*)",
    told_attempts: "COUNT(attempts)",
    told_max_attempts: "COUNT(max_attempts)",
    retried_jobs: "COUNT(*) FILTER (WHERE attempts >= 2)",
    attempts_total: "COALESCE(SUM(CAST(attempts AS DOUBLE PRECISION)), 0)",
    exhausted_jobs: "COUNT(*) FILTER (WHERE status = 'failed' AND attempts >= max_attempts)",
    waiting_retry: "COUNT(*) FILTER (WHERE status = 'queued' AND attempts >= 1)",
  },
};

const SHAPES: Readonly<Record<HistorySection, Shape>> = {
  job_history: JOBS,
  jobs: JOBS,
  run_history: {
    labels: ["agent", "model"],
    sums: {
      runs: "COUNT(*)",
      priced_runs: "COUNT(cost_usd)",
      cost_usd: "SUM(CAST(cost_usd AS DOUBLE PRECISION))",
      ...Object.fromEntries(TOKENS.map((column) => [column, `SUM(CAST(${column} AS DOUBLE PRECISION))`])),
    },
  },
};

/** Throws SourceError if the profile does not map the section, or has an error in it. */
export function historyTable(source: Source, section: HistorySection): HistoryTable {
  const { labels, sums } = SHAPES[section];
  const { dialect } = source;
  const key = source.key(section) ?? WHOLE_NUMBER;
  const id = `CAST(${KEYS[section]} AS TEXT) AS id`;
  const sorted = `${KEYS[section]}${key.order}`;
  const from = source.from(section);
  const numbers = columnsOf(section).filter((column) => isNullableNumber(column) && !isTime(column.name));
  const known = (column: Column) => dialect.within(column.name, rangeOf(column));
  const wrong = numbers.map((column) => `(${column.name} IS NOT NULL AND ${known(column)} IS NULL)`);
  const columns = columnsOf(section).map((column) =>
    numbers.includes(column) ? `${known(column)} AS ${column.name}` : column.name,
  );
  const rows = `SELECT ${columns.join(", ")}, ${wrong.join(" OR ")} AS is_wrong FROM ${from}`;
  const all = {
    ...sums,
    left_out: "COUNT(*) FILTER (WHERE is_wrong)",
    // A row with NULL is neither history nor open.
    undecided: "COUNT(*) FILTER (WHERE is_open IS NULL)",
  };
  const select = (table: string, more = {}) => {
    const named = Object.entries({ ...all, ...more }).map(([name, sql]) => `${sql} AS ${name}`);
    const grouped = labels.map((name) => source.boundedColumn(section, name));
    return `SELECT ${[...grouped, ...named].join(", ")} FROM (${table}) AS known`;
  };
  // Groups by position, so that sorting uses the bounded texts.
  const group = `GROUP BY ${labels.map((_, index) => index + 1).join(", ")}`;
  // The limit prevents SQLite and PostgreSQL from converting each time once per use.
  const open = `${rows} WHERE is_open${section === "jobs" ? ` LIMIT ${Number.MAX_SAFE_INTEGER}` : ""}`;
  const times = section === "jobs" ? ages(dialect) : {};
  const bounds = (range: IdRange) => within(range, sorted, key.type, dialect.value);
  return {
    section,
    key,
    lowestId: `SELECT ${id} FROM ${from} ORDER BY ${sorted} LIMIT 1`,
    highestId: `SELECT ${id} FROM ${from} ORDER BY ${sorted} DESC LIMIT 1`,
    idAfter(range, place) {
      const { sql, values } = bounds(range);
      const offset = dialect.value(values.length + 1);
      return {
        sql: `SELECT ${id} FROM ${from} WHERE ${sql} ORDER BY ${sorted} LIMIT 1 OFFSET ${offset}`,
        values: [...values, place],
      };
    },
    sums(range) {
      const { sql, values } = bounds(range);
      return { sql: `${select(rows)} WHERE ${sql} AND is_open IS NOT TRUE ${group}`, values };
    },
    openSums: `${select(open, { ...times, ids: `${dialect.list}(CAST(${KEYS[section]} AS TEXT))` })} ${group}`,
    allSums: `${select(rows)} ${group}`,
    labels,
    numbers: Object.keys(all),
  };
}
