/** Merges the same part of several databases. A value that one of them does not know is unknown for all. */
import type { PartName, Parts, QueueRows, UsageRow } from "./repository.ts";

type Merge = {
  readonly [Name in PartName]: (values: readonly Parts[Name][], maxItems: number) => Parts[Name];
};

export function mergeParts<Name extends PartName>(
  part: Name,
  values: readonly Parts[Name][],
  maxItems: number,
): Parts[Name] {
  return MERGE[part](values, maxItems);
}

const MERGE: Merge = {
  stages: (values, maxItems) => ({
    counts: grouped(
      values.flatMap(({ counts }) => counts),
      ({ stage }) => stage,
      (a, b) => ({ ...a, tasks: a.tasks + b.tasks }),
    ),
    tasks: oldest(
      values.flatMap(({ tasks }) => tasks),
      ({ enteredAtMs }) => enteredAtMs,
      maxItems,
    ),
  }),
  queue: (values) => ({
    counts: grouped(
      values.flatMap(({ counts }) => counts),
      ({ status, nativeStatus }) => JSON.stringify([status, nativeStatus]),
      (a, b) => ({ ...a, jobs: a.jobs + b.jobs }),
    ),
    unreported: [...new Set(values.flatMap(({ unreported }) => unreported))],
    oldestQueuedAtMs: least(values.map(({ oldestQueuedAtMs }) => oldestQueuedAtMs)),
    oldestRunningAtMs: least(values.map(({ oldestRunningAtMs }) => oldestRunningAtMs)),
    retries: values.map(({ retries }) => retries).reduce(addRetries),
    delayedJobs: values.map(({ delayedJobs }) => delayedJobs).reduce(add),
    nextAvailableAtMs: least(values.map(({ nextAvailableAtMs }) => nextAvailableAtMs)),
    historyAsOfMs: Math.min(...values.map(({ historyAsOfMs }) => historyAsOfMs)),
  }),
  runningJobs: (values, maxItems) => oldest(values.flat(), ({ startedAtMs = null }) => startedAtMs, maxItems),
  breakers: (values, maxItems) => values.flat().slice(0, maxItems),
  gates: (values, maxItems) => values.flat().slice(0, maxItems),
  agents: (values, maxItems) => ({
    running: oldest(
      values.flatMap(({ running }) => running),
      ({ startedAtMs }) => startedAtMs,
      maxItems,
    ),
    total: values.reduce((total, value) => total + value.total, 0),
    ...(values.some(({ finished }) => finished) && {
      finished: values
        .flatMap(({ finished = [] }) => finished)
        .toSorted((a, b) => (b.finishedAtMs ?? 0) - (a.finishedAtMs ?? 0))
        .slice(0, 100),
    }),
  }),
  cost: (values) => ({
    byAgentModel: grouped(
      values.flatMap(({ byAgentModel }) => byAgentModel),
      ({ agent, model }) => JSON.stringify([agent, model]),
      (a, b) => ({ ...a, usage: addUsage(a.usage, b.usage) }),
    ),
    historyAsOfMs: Math.min(...values.map(({ historyAsOfMs }) => historyAsOfMs)),
  }),
};

/** The fields that identify something within one database. */
const IDS: Readonly<Record<PartName, readonly string[]>> = {
  stages: ["taskId"],
  queue: [],
  runningJobs: ["jobId", "taskId"],
  breakers: ["name"],
  gates: ["scope", "holderTaskId"],
  agents: ["runId", "taskId", "jobId"],
  cost: [],
};

/** Prefixes the identifiers in all rows of a part with the name of their database. */
export function withPrefix<Name extends PartName>(part: Name, value: Parts[Name], name: string): Parts[Name] {
  const prefixed = (row: Readonly<Record<string, unknown>>) => {
    const own = IDS[part].filter((field) => typeof row[field] === "string");
    return { ...row, ...Object.fromEntries(own.map((field) => [field, `${name}/${row[field]}`])) };
  };
  const inRows = (rows: unknown) => (Array.isArray(rows) ? rows.map(prefixed) : rows);
  if (IDS[part].length === 0) return value;
  if (Array.isArray(value)) return inRows(value) as Parts[Name];
  const lists: unknown = Object.fromEntries(
    Object.entries(value).map(([list, rows]) => [list, inRows(rows)]),
  );
  return lists as Parts[Name];
}

/** Merges the rows of each group into one. */
function grouped<Row>(
  rows: readonly Row[],
  keyOf: (row: Row) => string,
  merge: (a: Row, b: Row) => Row,
): readonly Row[] {
  return [...Map.groupBy(rows, keyOf).values()].map((same) => same.reduce(merge));
}

function oldest<Row>(
  rows: readonly Row[],
  timeOf: (row: Row) => number | null,
  maxItems: number,
): readonly Row[] {
  const time = (row: Row) => timeOf(row) ?? Number.NEGATIVE_INFINITY;
  return rows.toSorted((a, b) => time(a) - time(b) || 0).slice(0, maxItems);
}

function least(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length > 0 ? Math.min(...known) : null;
}

function add(a: number | null, b: number | null): number | null {
  return a === null || b === null ? null : a + b;
}

function addRetries(a: QueueRows["retries"], b: QueueRows["retries"]): QueueRows["retries"] {
  if (a === null || b === null) return null;
  return {
    retriedJobs: a.retriedJobs + b.retriedJobs,
    attemptsTotal: add(a.attemptsTotal, b.attemptsTotal),
    exhaustedJobs: add(a.exhaustedJobs, b.exhaustedJobs),
    waitingRetry: add(a.waitingRetry, b.waitingRetry),
  };
}

export function addKnown(a: number | null, b: number | null): number | null {
  return a === null ? b : b === null ? a : a + b;
}

/** An unknown cost or token count means that no run reported it, so the sum with a known one is the known one. */
export function addUsage(a: UsageRow, b: UsageRow): UsageRow {
  return {
    runs: a.runs + b.runs,
    pricedRuns: add(a.pricedRuns, b.pricedRuns),
    costUsd: addKnown(a.costUsd, b.costUsd),
    inputTokens: addKnown(a.inputTokens, b.inputTokens),
    outputTokens: addKnown(a.outputTokens, b.outputTokens),
    cacheReadTokens: addKnown(a.cacheReadTokens, b.cacheReadTokens),
    cacheCreationTokens: addKnown(a.cacheCreationTokens, b.cacheCreationTokens),
  };
}
