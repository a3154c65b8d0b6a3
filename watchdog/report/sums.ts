/** Runs, added up by what they were for. Pure; the page and the report show the same sums. */
import type { PastRun } from "../api.ts";

export const GROUPINGS = ["task", "agent", "model", "day", "orchestrator", "run"] as const;
export type Grouping = (typeof GROUPINGS)[number];
export const FORMATS = ["table", "json", "csv"] as const;

/** Null: not known of any of the runs. */
type Amount = number | null;

export interface Sums {
  readonly runs: number;
  readonly running: number;
  readonly failed: number;
  /** How many have no known cost, which is not 0. */
  readonly unpriced_runs: number;
  readonly duration_seconds: Amount;
  readonly input_tokens: Amount;
  readonly output_tokens: Amount;
  readonly cache_read_tokens: Amount;
  readonly cache_creation_tokens: Amount;
  readonly cost_usd: Amount;
}

/** The runs of one orchestrator that have the same name; null: none is known. */
export interface Group extends Sums {
  readonly orchestrator: string;
  readonly name: string | null;
}

const NONE: Sums = {
  ...{ runs: 0, running: 0, failed: 0, unpriced_runs: 0, duration_seconds: null, input_tokens: null },
  ...{ output_tokens: null, cache_read_tokens: null, cache_creation_tokens: null, cost_usd: null },
};

export function outcomeOf({ state, exitCode }: PastRun): "running" | "ok" | "failed" | "ended" {
  if (state === "running") return "running";
  return exitCode === undefined ? "ended" : exitCode === 0 ? "ok" : "failed";
}

/** In whole seconds, so that sums of what is shown are right. */
function secondsOf({ startedAt, at }: PastRun): Amount {
  return startedAt === undefined ? null : Math.max(0, Math.round((at - startedAt) / 1000));
}

/** As the contract rounds money; sums of fractions drift from that. */
const millionths = (usd: number) => Math.round(usd * 1e6) / 1e6;

/** Of one run. */
export function sumsOf(run: PastRun): Sums {
  const outcome = outcomeOf(run);
  return {
    runs: 1,
    running: Number(outcome === "running"),
    failed: Number(outcome === "failed"),
    unpriced_runs: Number(run.costUsd === undefined),
    duration_seconds: secondsOf(run),
    input_tokens: run.inputTokens ?? null,
    output_tokens: run.outputTokens ?? null,
    cache_read_tokens: run.cacheReadTokens ?? null,
    cache_creation_tokens: run.cacheCreationTokens ?? null,
    cost_usd: run.costUsd === undefined ? null : millionths(run.costUsd),
  };
}

function add(one: Sums, other: Sums): Sums {
  const sums: Record<string, Amount> = {};
  for (const [name, value] of Object.entries(one)) {
    const more: Amount = other[name as keyof Sums];
    sums[name] = value === null || more === null ? (value ?? more) : value + more;
  }
  const { cost_usd: usd = null } = sums;
  return { ...(sums as unknown as Sums), cost_usd: usd === null ? null : millionths(usd) };
}

export interface Summary {
  add(run: PastRun): void;
  /** The costliest first, days in their order. */
  groups(): readonly Group[];
  total(): Sums;
}

/** `dayOf`: the date of a time, in the reader's time zone. A run belongs to the day on which it ended. */
export function createSummary(by: Exclude<Grouping, "run">, dayOf: (time: number) => string): Summary {
  const groups = new Map<string, Group>();
  /** Of tasks: some of their runs may have been over before the task could be read. */
  const workItems = new Map<string, string>();
  let total = NONE;
  const nameOf = (run: PastRun): string | undefined =>
    by === "orchestrator" ? run.target : by === "day" ? dayOf(run.at) : by === "task" ? run.taskId : run[by];
  return {
    add(run) {
      const name = nameOf(run) ?? null;
      const key = JSON.stringify([run.target, name]);
      const sums = sumsOf(run);
      const before = groups.get(key) ?? NONE;
      groups.set(key, { orchestrator: run.target, name, ...add(sums, before) });
      if (by === "task" && run.workItem !== undefined) workItems.set(key, run.workItem);
      total = add(sums, total);
    },
    groups: () =>
      [...groups]
        .map(([key, group]) => ({ ...group, name: workItems.get(key) ?? group.name }))
        .sort((one, other) => (by === "day" ? 0 : byCost(one, other)) || byName(one, other)),
    total: () => total,
  };
}

const byCost = (one: Sums, other: Sums) =>
  (other.cost_usd ?? -1) - (one.cost_usd ?? -1) || other.runs - one.runs;

const byName = (one: Group, other: Group) =>
  (one.name ?? "").localeCompare(other.name ?? "", "en", { numeric: true }) ||
  one.orchestrator.localeCompare(other.orchestrator);
