/** Merges the same part of several databases. A value that one of them does not know is unknown for all. */
import type { AgentRow, FinishedRunRow, PartName, Parts, QueueRows, UsageRow } from "./repository.ts";

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
    counts: groupSums(
      values.flatMap(({ counts }) => counts),
      ({ stage }) => stage,
      ["tasks"],
    ),
    tasks: values
      .flatMap(({ tasks }) => tasks)
      .toSorted(oldestFirst(({ enteredAtMs }) => enteredAtMs))
      .slice(0, maxItems),
  }),
  queue: (values) => ({
    counts: groupSums(
      values.flatMap(({ counts }) => counts),
      ({ status, nativeStatus }) => JSON.stringify([status, nativeStatus]),
      ["jobs"],
    ),
    unreported: [...new Set(values.flatMap(({ unreported }) => unreported))],
    oldestQueuedAtMs: least(values.map(({ oldestQueuedAtMs }) => oldestQueuedAtMs)),
    oldestRunningAtMs: least(values.map(({ oldestRunningAtMs }) => oldestRunningAtMs)),
    retries: sumOfRetries(values.map(({ retries }) => retries)),
    delayedJobs: sum(values.map(({ delayedJobs }) => delayedJobs)),
    nextAvailableAtMs: least(values.map(({ nextAvailableAtMs }) => nextAvailableAtMs)),
    historyAsOfMs: Math.min(...values.map(({ historyAsOfMs }) => historyAsOfMs)),
  }),
  runningJobs: (values, maxItems) =>
    values
      .flat()
      .toSorted(oldestFirst(({ startedAtMs }) => startedAtMs ?? null))
      .slice(0, maxItems),
  breakers: (values, maxItems) => values.flat().slice(0, maxItems),
  gates: (values, maxItems) => values.flat().slice(0, maxItems),
  agents: (values, maxItems) => ({
    running: values
      .flatMap(({ running }) => running)
      .toSorted(oldestFirst(({ startedAtMs }) => startedAtMs))
      .slice(0, maxItems),
    total: values.reduce((total, value) => total + value.total, 0),
    ...(values.some(({ finished }) => finished) && {
      finished: values
        .flatMap(({ finished = [] }) => finished)
        .toSorted((a, b) => (b.finishedAtMs ?? 0) - (a.finishedAtMs ?? 0))
        .slice(0, 100),
    }),
  }),
  cost: (values) => {
    const groups = Map.groupBy(
      values.flatMap(({ byAgentModel }) => byAgentModel),
      ({ agent, model }) => JSON.stringify([agent, model]),
    );
    return {
      byAgentModel: [...groups.values()].flatMap((same) => {
        const [first] = same;
        return first ? [{ ...first, usage: sumOfUsage(same.map(({ usage }) => usage)) }] : [];
      }),
      historyAsOfMs: Math.min(...values.map(({ historyAsOfMs }) => historyAsOfMs)),
    };
  },
};

/** Prefixes identifiers with the name of their database. */
export function withPrefix<Name extends PartName>(part: Name, value: Parts[Name], name: string): Parts[Name] {
  return PREFIX[part](value, (id) => `${name}/${id}`);
}

type Prefixed = {
  readonly [Name in PartName]: (value: Parts[Name], own: (id: string) => string) => Parts[Name];
};

const PREFIX: Prefixed = {
  stages: (value, own) => ({
    ...value,
    tasks: value.tasks.map((task) => ({ ...task, taskId: own(task.taskId) })),
  }),
  queue: (value) => value,
  runningJobs: (value, own) =>
    value.map((job) => ({ ...job, jobId: own(job.jobId), taskId: job.taskId ? own(job.taskId) : null })),
  breakers: (value, own) => value.map((breaker) => ({ ...breaker, name: own(breaker.name) })),
  gates: (value, own) =>
    value.map((gate) => ({
      ...gate,
      scope: own(gate.scope),
      holderTaskId: gate.holderTaskId ? own(gate.holderTaskId) : null,
    })),
  agents: (value, own) => {
    const run = <Row extends Pick<AgentRow | FinishedRunRow, "runId" | "taskId">>(row: Row): Row => ({
      ...row,
      runId: own(row.runId),
      taskId: row.taskId === null ? null : own(row.taskId),
    });
    return {
      ...value,
      running: value.running.map((row) => ({
        ...run(row),
        jobId: row.jobId === null ? null : own(row.jobId),
      })),
      ...(value.finished && { finished: value.finished.map(run) }),
    };
  },
  cost: (value) => value,
};

function sum(values: readonly (number | null)[]): number | null {
  return values.reduce<number | null>(
    (total, value) => (total === null || value === null ? null : total + value),
    0,
  );
}

function least(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length > 0 ? Math.min(...known) : null;
}

function sumOfRetries(values: readonly QueueRows["retries"][]): QueueRows["retries"] {
  const known = values.filter((value) => value !== null);
  if (known.length < values.length) return null;
  return {
    retriedJobs: known.reduce((total, { retriedJobs }) => total + retriedJobs, 0),
    attemptsTotal: sum(known.map(({ attemptsTotal }) => attemptsTotal)),
    exhaustedJobs: sum(known.map(({ exhaustedJobs }) => exhaustedJobs)),
    waitingRetry: sum(known.map(({ waitingRetry }) => waitingRetry)),
  };
}

/** Null means "no run reported it" here, so the total is the sum of the others. */
function sumOfUsage(values: readonly UsageRow[]): UsageRow {
  const add = (key: Exclude<keyof UsageRow, "runs">) => {
    const known = values.map((usage) => usage[key]).filter((value) => value !== null);
    return known.length > 0 ? known.reduce((total, value) => total + value, 0) : null;
  };
  return {
    runs: values.reduce((total, { runs }) => total + runs, 0),
    pricedRuns: add("pricedRuns"),
    costUsd: add("costUsd"),
    inputTokens: add("inputTokens"),
    outputTokens: add("outputTokens"),
    cacheReadTokens: add("cacheReadTokens"),
    cacheCreationTokens: add("cacheCreationTokens"),
  };
}

function groupSums<Row>(
  rows: readonly Row[],
  keyOf: (row: Row) => string,
  [column]: readonly [keyof Row & string],
): readonly Row[] {
  return [...Map.groupBy(rows, keyOf).values()].flatMap((same) => {
    const [first] = same;
    const total = same.reduce((sum, row) => sum + Number(row[column]), 0);
    return first ? [{ ...first, [column]: total }] : [];
  });
}

function oldestFirst<Row>(timeOf: (row: Row) => number | null): (a: Row, b: Row) => number {
  return (a, b) => (timeOf(a) ?? Number.NEGATIVE_INFINITY) - (timeOf(b) ?? Number.NEGATIVE_INFINITY) || 0;
}
