/** What the history needs to know of a section that lists it row by row: which rows are history, and their sums. */
import { CONTRACT, type Column, KEYS, type SectionName } from "../../../profiles/contract.ts";
import { nullableNumbers, rangeOf } from "../ranges.ts";
import type { Source } from "../source.ts";

export type HistorySection = keyof typeof KEYS;

export function isHistorySection(name: SectionName): name is HistorySection {
  return name in KEYS;
}

/** The key is indexed: rows of a range of keys lie together, and finding its ends costs no scan. */
export interface HistoryTable {
  readonly section: HistorySection;
  /** The lowest and the highest key, as text; NULL where there is no row. Two SELECTs, each found at an end of the index. */
  readonly lowestId: string;
  readonly highestId: string;
  /** `id`, as text, of the rows that can still change by themselves. They are no history yet. */
  readonly unfinishedIds: string;
  /** `id`, as text, of the row that is so many rows after the first one: takes from, up to, how many. */
  readonly idAfter: string;
  /** Sums over the history in a range of ids, a row for each group: takes from and up to, both inclusive. */
  readonly sums: string;
  /** The same sums over the rows that are open. */
  readonly openSums: string;
  /** The columns of `sums` that name the group. */
  readonly labels: readonly string[];
  /** The columns of `sums` that are added up; NULL where no row had a value. */
  readonly numbers: readonly string[];
}

interface Shape {
  readonly labels: readonly string[];
  /** SQL by column. In floating point: an integer SUM ends in an error past 2^63. */
  readonly sums: Readonly<Record<string, string>>;
}

const TOKENS = ["input_tokens", "output_tokens", "cache_read_tokens", "cache_creation_tokens"] as const;

const SHAPES: Readonly<Record<HistorySection, Shape>> = {
  job_history: {
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
  },
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

/** Throws a SourceError where the profile leaves the section out, or has it wrong. */
export function historyTable(source: Source, section: HistorySection): HistoryTable {
  const { labels, sums } = SHAPES[section];
  const { value, within } = source.dialect;
  const key = KEYS[section];
  const from = source.from(section);
  const numbers = nullableNumbers(section);
  const known = (column: Column) => within(column.name, rangeOf(column));
  const wrong = numbers.map((column) => `(${column.name} IS NOT NULL AND ${known(column)} IS NULL)`);
  const cleaned = (CONTRACT[section].columns as readonly Column[])
    .map((column) => (numbers.includes(column) ? `${known(column)} AS ${column.name}` : column.name))
    .join(", ");
  const all = {
    ...sums,
    left_out: "COUNT(*) FILTER (WHERE is_wrong)",
    // Such a row is neither history nor open.
    undecided: "COUNT(*) FILTER (WHERE is_open IS NULL)",
  };
  const columns = Object.entries(all).map(([name, sql]) => `${sql} AS ${name}`);
  const select = `SELECT ${[...labels.map((name) => source.boundedColumn(section, name)), ...columns].join(", ")} FROM (SELECT ${cleaned}, ${wrong.join(" OR ")} AS is_wrong FROM ${from}) AS known`;
  // By place: sorting then holds the bounded texts.
  const group = `GROUP BY ${labels.map((_, index) => index + 1).join(", ")}`;
  const range = `${key} BETWEEN CAST(${value(1)} AS BIGINT) AND CAST(${value(2)} AS BIGINT)`;
  return {
    section,
    lowestId: `SELECT CAST(MIN(${key}) AS TEXT) AS id FROM ${from}`,
    highestId: `SELECT CAST(MAX(${key}) AS TEXT) AS id FROM ${from}`,
    unfinishedIds: `SELECT CAST(${key} AS TEXT) AS id FROM ${from} WHERE is_open`,
    idAfter: `SELECT CAST(${key} AS TEXT) AS id FROM ${from} WHERE ${range} ORDER BY ${key} LIMIT 1 OFFSET ${value(3)}`,
    sums: `${select} WHERE ${range} AND is_open IS NOT TRUE ${group}`,
    openSums: `${select} WHERE is_open ${group}`,
    labels,
    numbers: Object.keys(all),
  };
}
