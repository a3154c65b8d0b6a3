/** Running agents with their task's stage and their job's status, and the runs that finished last. */
import type { SectionName } from "../../../profiles/contract.ts";
import type { AgentRow, AgentRows, FinishedRunRow, UsageRow } from "../../repository.ts";
import {
  type Cells,
  nullableCode,
  nullableNumber,
  nullableText,
  nullableWhole,
  text,
  whole,
} from "../columns.ts";
import type { PartContext } from "../part-context.ts";
import { firstRow, query, type StatementGenerator } from "../statements.ts";

const LATEST_FINISHED = "ORDER BY finished_at_ms DESC, run_id DESC LIMIT 100";

export function* readAgents(context: PartContext): StatementGenerator<AgentRows> {
  const { source, maxItems } = context;
  const agents = source.from("agents");
  const pair = (id: string, word: string) => (row: Cells) => [text(row, id), text(row, word)] as const;
  const stages = new Map(yield* beside(context, "agent_task_stages", pair("task_id", "stage")));
  const statuses = new Map(yield* beside(context, "agent_job_statuses", pair("job_id", "status")));
  const finished = yield* beside(context, "finished_runs", finishedRun, LATEST_FINISHED);
  const rows = yield* query(
    "agents",
    `SELECT ${source.bounded("agents")} FROM ${agents} ORDER BY started_at_ms NULLS FIRST, run_id LIMIT ${source.dialect.value(1)}`,
    maxItems,
  );
  const running = rows.map((row): AgentRow => {
    const jobId = nullableText(row, "job_id");
    const run = runOf(row);
    const { taskId } = run;
    return {
      ...run,
      jobId,
      host: nullableText(row, "host"),
      pid: row.pid,
      heartbeatAtMs: nullableWhole(row, "heartbeat_at_ms"),
      progressAtMs: nullableWhole(row, "progress_at_ms"),
      contextTokens: nullableWhole(row, "context_tokens"),
      contextWindowTokens: nullableWhole(row, "context_window_tokens"),
      logPath: nullableText(row, "log_path"),
      taskStage: (taskId !== null && stages.get(taskId)) || null,
      jobStatus: (jobId !== null && statuses.get(jobId)) || null,
    };
  });
  const count = `SELECT COUNT(*) AS total FROM ${agents}`;
  const total =
    rows.length < maxItems ? rows.length : whole(firstRow(yield* query("agents", count)), "total");
  return { running, total, finished: source.has("finished_runs") ? finished : undefined };
}

/** What cannot be read here is left out, and must not take the agents down. */
function* beside<T>(
  { source, toFailure }: PartContext,
  section: SectionName,
  value: (row: Cells) => T,
  order = "",
): StatementGenerator<readonly T[]> {
  if (!source.has(section)) return [];
  try {
    const sql = `SELECT ${source.bounded(section)} FROM ${source.from(section)} ${order}`;
    return (yield* query(section, sql)).map(value);
  } catch (error) {
    const failure = toFailure(error);
    if (failure === undefined || failure.code === "unavailable") throw error;
    return [];
  }
}

function finishedRun(row: Cells): FinishedRunRow {
  const finishedAtMs = nullableWhole(row, "finished_at_ms");
  return { ...runOf(row), finishedAtMs, exitCode: nullableCode(row, "exit_code") };
}

function runOf(row: Cells) {
  return {
    runId: text(row, "run_id"),
    taskId: nullableText(row, "task_id"),
    agent: nullableText(row, "agent") ?? "",
    model: nullableText(row, "model"),
    startedAtMs: nullableWhole(row, "started_at_ms"),
    usage: usage(row),
  };
}

function usage(row: Cells): UsageRow {
  const costUsd = nullableNumber(row, "cost_usd");
  return {
    runs: 1,
    // Without the column nobody knows whether it has a price.
    pricedRuns: row.cost_usd === undefined ? null : Number(costUsd !== null),
    costUsd,
    inputTokens: nullableWhole(row, "input_tokens"),
    outputTokens: nullableWhole(row, "output_tokens"),
    cacheReadTokens: nullableWhole(row, "cache_read_tokens"),
    cacheCreationTokens: nullableWhole(row, "cache_creation_tokens"),
  };
}
