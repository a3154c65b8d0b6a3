/** Runs, added up by what they were for, or one by one: as rows. Pure; the page and the report show the same ones. */
import type { PastRun } from "../api.ts";

export const GROUPINGS = ["task", "agent", "model", "day", "orchestrator", "run"] as const;
export type Grouping = (typeof GROUPINGS)[number];
export const FORMATS = ["table", "json", "csv"] as const;

/** Null: not known. */
export type Cell = string | number | null;

/** By column, whose name says what it holds: `…_usd`, `…_seconds`, `…_at` in milliseconds. */
export type Row = Readonly<Record<string, Cell>>;

/** A sum is null if it is not known of any run. */
export interface Sums {
  readonly runs: number;
  readonly running: number;
  readonly failed: number;
  readonly duration_seconds: number | null;
  /** Of all four kinds. */
  readonly tokens: number | null;
  readonly input_tokens: number | null;
  readonly output_tokens: number | null;
  readonly cache_read_tokens: number | null;
  readonly cache_creation_tokens: number | null;
  readonly cost_usd: number | null;
  /** How many have no known cost, which is not 0. */
  readonly unpriced_runs: number;
}

const NONE: Sums = {
  ...{ runs: 0, running: 0, failed: 0, duration_seconds: null, tokens: null, input_tokens: null },
  ...{
    output_tokens: null,
    cache_read_tokens: null,
    cache_creation_tokens: null,
    cost_usd: null,
    unpriced_runs: 0,
  },
};

export interface Summary {
  add(run: PastRun): void;
  /** Of groups the costliest first, but days in their order; runs as they were added. */
  rows(): readonly Row[];
  total(): Sums;
}

/** `dayOf`: the date of a time, in the reader's time zone. A run belongs to the day on which it ended. */
export function createSummary(by: Grouping, dayOf: (time: number) => string): Summary {
  const groups = new Map<string, Row & Sums>();
  /** Of tasks: some of their runs may have been over before the task could be read. */
  const workItems = new Map<string, string>();
  let total = NONE;
  return {
    add(run) {
      const sums = sumsOf(run);
      total = added(sums, total);
      const { id, target: orchestrator, workItem } = run;
      if (by === "run") return void groups.set(String(id), { ...detailsOf(run), ...sums });
      const name = nameOf(run, by, dayOf);
      const key = JSON.stringify([orchestrator, name]);
      groups.set(key, { orchestrator, [by]: name, ...added(sums, groups.get(key) ?? NONE) });
      if (by === "task" && workItem !== undefined) workItems.set(key, workItem);
    },
    rows() {
      if (by === "run") return [...groups.values()];
      const named = [...groups].map(([key, row]) => ({
        ...row,
        [by]: workItems.get(key) ?? row[by] ?? null,
      }));
      const byName = (one: Row, other: Row) => ORDER.compare(String(one[by] ?? ""), String(other[by] ?? ""));
      return named.sort((one, other) => (by === "day" ? 0 : byCost(one, other)) || byName(one, other));
    },
    total: () => total,
  };
}

const ORDER = new Intl.Collator("en", { numeric: true });

const byCost = (one: Sums, other: Sums) =>
  (other.cost_usd ?? -1) - (one.cost_usd ?? -1) || other.runs - one.runs;

function nameOf(run: PastRun, by: Exclude<Grouping, "run">, dayOf: (time: number) => string): string | null {
  if (by === "orchestrator") return run.target;
  return (by === "day" ? dayOf(run.at) : by === "task" ? run.taskId : run[by]) ?? null;
}

function detailsOf(run: PastRun): Row & { readonly orchestrator: string } {
  const { state, at } = run;
  return {
    orchestrator: run.target,
    run: run.runId,
    task: run.workItem ?? run.taskId ?? null,
    agent: run.agent ?? null,
    model: run.model ?? null,
    outcome: outcomeOf(run),
    exit_code: run.exitCode ?? null,
    started_at: run.startedAt ?? null,
    finished_at: state === "finished" ? at : null,
    last_seen_at: state === "finished" ? null : at,
  };
}

function outcomeOf({ state, exitCode }: PastRun): "running" | "ok" | "failed" | "ended" {
  if (state === "running") return "running";
  return exitCode === undefined ? "ended" : exitCode === 0 ? "ok" : "failed";
}

/** As the contract rounds money; sums of fractions drift from that. */
const millionths = (usd: number) => Math.round(usd * 1e6) / 1e6;

function sumsOf(run: PastRun): Sums {
  const outcome = outcomeOf(run);
  const { startedAt, at, costUsd, inputTokens, outputTokens, cacheReadTokens, cacheCreationTokens } = run;
  const tokens = [inputTokens, outputTokens, cacheReadTokens, cacheCreationTokens].filter(
    (kind) => kind !== undefined,
  );
  return {
    runs: 1,
    running: Number(outcome === "running"),
    failed: Number(outcome === "failed"),
    // In whole seconds, so that sums of what is shown are right.
    duration_seconds: startedAt === undefined ? null : Math.max(0, Math.round((at - startedAt) / 1000)),
    tokens: tokens.length === 0 ? null : tokens.reduce((sum, kind) => sum + kind),
    input_tokens: inputTokens ?? null,
    output_tokens: outputTokens ?? null,
    cache_read_tokens: cacheReadTokens ?? null,
    cache_creation_tokens: cacheCreationTokens ?? null,
    cost_usd: costUsd ?? null,
    unpriced_runs: Number(costUsd === undefined),
  };
}

function added(one: Sums, other: Sums): Sums {
  const sums = Object.entries(one).map(([name, value]): [string, number | null] => {
    const more = other[name as keyof Sums];
    if (value === null || more === null) return [name, value ?? more];
    return [name, name === "cost_usd" ? millionths(value + more) : value + more];
  });
  return Object.fromEntries(sums) as unknown as Sums;
}

/** The columns that a person looks at: without details, and those that say nothing, or in all rows the same. */
export function columnsShown(by: Grouping, rows: readonly Row[]): readonly string[] {
  const isOne = by !== "orchestrator" && new Set(rows.map(({ orchestrator }) => orchestrator)).size < 2;
  const dropped = [...DETAILS, ...(isOne ? ["orchestrator"] : []), ...(by === "run" ? COUNTS : [])];
  return columnsOf(by).filter(
    (name) => !dropped.includes(name) && rows.some((row) => (row[name] ?? 0) !== 0),
  );
}

const COUNTS = ["runs", "running", "failed", "unpriced_runs"];
const DETAILS =
  "exit_code started_at input_tokens output_tokens cache_read_tokens cache_creation_tokens".split(" ");
const ENDS = ["outcome", "exit_code", "started_at", "finished_at", "last_seen_at"];

/** Of every row, the first ones name it. */
export function columnsOf(by: Grouping): readonly string[] {
  const names = by === "run" ? ["run", "task", "agent", "model", ...ENDS] : [by];
  return [...new Set([...names.slice(0, 1), "orchestrator", ...names.slice(1), ...Object.keys(NONE)])];
}
