/** Running agents with their task's stage and their job's status, by the reference schema. */
import type { AgentRow, AgentRows, UsageRow } from "../../repository.ts";
import { type Cells, nullableNumber, nullableText, nullableTime, number, text } from "../columns.ts";
import { faultFor } from "../faults.ts";
import { only, type PartContext } from "../query.ts";

const COUNT = "SELECT COUNT(*) AS total FROM agent_runs WHERE finished_at IS NULL";

const RUNNING = `
  SELECT CAST(id AS TEXT) AS id, CAST(task_id AS TEXT) AS task_id, CAST(job_id AS TEXT) AS job_id,
    agent, model, host, pid, started_at, heartbeat_at, log_path, cost_usd,
    input_tokens, output_tokens, cache_read_tokens, cache_creation_tokens
  FROM agent_runs WHERE finished_at IS NULL ORDER BY started_at, agent_runs.id LIMIT ?`;

const STAGES = `
  SELECT CAST(tasks.id AS TEXT) AS id, tasks.stage AS word FROM agent_runs JOIN tasks ON tasks.id = agent_runs.task_id
  WHERE agent_runs.finished_at IS NULL`;

const STATUSES = `
  SELECT CAST(jobs.id AS TEXT) AS id, jobs.status AS word FROM agent_runs JOIN jobs ON jobs.id = agent_runs.job_id
  WHERE agent_runs.finished_at IS NULL`;

export function readAgents(context: PartContext): AgentRows {
  const stages = words(context, STAGES);
  const statuses = words(context, STATUSES);
  const running = context.query(RUNNING, context.maxItems).map((row): AgentRow => {
    const taskId = nullableText(row, "task_id");
    const jobId = nullableText(row, "job_id");
    return {
      runId: text(row, "id"),
      taskId,
      jobId,
      agent: text(row, "agent"),
      model: nullableText(row, "model"),
      host: nullableText(row, "host"),
      pid: row.pid,
      startedAtMs: nullableTime(row, "started_at"),
      heartbeatAtMs: nullableTime(row, "heartbeat_at"),
      logPath: nullableText(row, "log_path"),
      taskStage: (taskId !== null && stages.get(taskId)) || null,
      jobStatus: (jobId !== null && statuses.get(jobId)) || null,
      usage: usage(row),
    };
  });
  return { running, total: number(only(context.query(COUNT)), "total") };
}

/** A queue or tasks table that is missing must not take the agents down: what it would say is then absent. */
function words({ query }: PartContext, sql: string): ReadonlyMap<string, string> {
  try {
    return new Map(query(sql).map((row) => [text(row, "id"), text(row, "word")]));
  } catch (error) {
    const fault = faultFor(error);
    if (fault === undefined || fault.code === "unavailable") throw error;
    return new Map();
  }
}

function usage(row: Cells): UsageRow {
  const costUsd = nullableNumber(row, "cost_usd");
  return {
    runs: 1,
    pricedRuns: costUsd === null ? 0 : 1,
    costUsd: costUsd ?? 0,
    inputTokens: nullableNumber(row, "input_tokens"),
    outputTokens: nullableNumber(row, "output_tokens"),
    cacheReadTokens: nullableNumber(row, "cache_read_tokens"),
    cacheCreationTokens: nullableNumber(row, "cache_creation_tokens"),
  };
}
