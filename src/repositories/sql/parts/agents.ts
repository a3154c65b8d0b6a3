/** Running agents with their task's stage and their job's status. */
import type { SectionName } from "../../../profiles/contract.ts";
import type { AgentRow, AgentRows, UsageRow } from "../../repository.ts";
import { type Cells, nullableNumber, nullableText, nullableWhole, text, whole } from "../columns.ts";
import type { PartContext } from "../part-context.ts";
import { firstRow, query, type StatementGenerator } from "../statements.ts";

export function* readAgents(context: PartContext): StatementGenerator<AgentRows> {
  const { source, maxItems } = context;
  const agents = source.from("agents");
  const stages = yield* words(context, "agent_task_stages", "task_id", "stage");
  const statuses = yield* words(context, "agent_job_statuses", "job_id", "status");
  const rows = yield* query(
    "agents",
    `SELECT ${source.bounded("agents")} FROM ${agents} ORDER BY started_at_ms NULLS FIRST, run_id LIMIT ${source.dialect.value(1)}`,
    maxItems,
  );
  const running = rows.map((row): AgentRow => {
    const taskId = nullableText(row, "task_id");
    const jobId = nullableText(row, "job_id");
    return {
      runId: text(row, "run_id"),
      taskId,
      jobId,
      agent: nullableText(row, "agent") ?? "",
      model: nullableText(row, "model"),
      host: nullableText(row, "host"),
      pid: row.pid,
      startedAtMs: nullableWhole(row, "started_at_ms"),
      heartbeatAtMs: nullableWhole(row, "heartbeat_at_ms"),
      logPath: nullableText(row, "log_path"),
      taskStage: (taskId !== null && stages.get(taskId)) || null,
      jobStatus: (jobId !== null && statuses.get(jobId)) || null,
      usage: usage(row),
    };
  });
  if (rows.length < maxItems) return { running, total: rows.length };
  return {
    running,
    total: whole(firstRow(yield* query("agents", `SELECT COUNT(*) AS total FROM ${agents}`)), "total"),
  };
}

/** What cannot be read here is left out, and must not take the agents down. */
function* words(
  { source, toFailure }: PartContext,
  section: SectionName,
  id: string,
  word: string,
): StatementGenerator<ReadonlyMap<string, string>> {
  if (!source.has(section)) return new Map();
  try {
    const rows = yield* query(section, `SELECT ${source.bounded(section)} FROM ${source.from(section)}`);
    return new Map(rows.map((row) => [text(row, id), text(row, word)]));
  } catch (error) {
    const failure = toFailure(error);
    if (failure === undefined || failure.code === "unavailable") throw error;
    return new Map();
  }
}

function usage(row: Cells): UsageRow {
  const costUsd = nullableNumber(row, "cost_usd");
  return {
    runs: 1,
    pricedRuns: costUsd === null ? 0 : 1,
    costUsd: costUsd ?? 0,
    inputTokens: nullableWhole(row, "input_tokens"),
    outputTokens: nullableWhole(row, "output_tokens"),
    cacheReadTokens: nullableWhole(row, "cache_read_tokens"),
    cacheCreationTokens: nullableWhole(row, "cache_creation_tokens"),
  };
}
