/** Reads running agents with their task's stage and job's status, and the latest finished runs. */
import type { SectionName } from "../../../profiles/contract.ts";
import type { AgentRow, AgentRows, FinishedRunRow } from "../../repository.ts";
import { type Cells, rowOf, text } from "../columns.ts";
import type { PartContext } from "../part-context.ts";
import type { Source } from "../source.ts";
import { countedRows, query, type StatementGenerator } from "../statements.ts";

const LATEST_FINISHED = "ORDER BY finished_at_ms DESC, run_id DESC LIMIT 100";

export function* readAgents(context: PartContext): StatementGenerator<AgentRows> {
  const { source, maxItems } = context;
  const agents = source.from("agents");
  const pair = (id: string, word: string) => (row: Cells) => [text(row, id), text(row, word)] as const;
  const stages = new Map(yield* beside(context, "agent_task_stages", pair("task_id", "stage")));
  const statuses = new Map(yield* beside(context, "agent_job_statuses", pair("job_id", "status")));
  const finished = yield* beside(context, "finished_runs", runIn(source, "finished_runs"), LATEST_FINISHED);
  const rows = yield* query(
    "agents",
    `SELECT ${source.bounded("agents")} FROM ${agents} ORDER BY started_at_ms NULLS FIRST, run_id LIMIT ${maxItems}`,
  );
  const running = rows.map(runIn(source, "agents")).map((run): AgentRow => {
    const { taskId, jobId } = run;
    return {
      ...run,
      taskStage: (taskId !== null && stages.get(taskId)) || null,
      jobStatus: (jobId !== null && statuses.get(jobId)) || null,
    };
  });
  const total = rows.length < maxItems ? rows.length : yield* countedRows("agents", `FROM ${agents}`);
  return { running, total, finished: source.has("finished_runs") ? finished : undefined };
}

/** Reads an optional section. If it cannot be read, it is omitted, so that the agents can still be read. */
function* beside<T>(
  { source }: PartContext,
  section: SectionName,
  value: (row: Cells) => T,
  order = "",
): StatementGenerator<readonly T[]> {
  if (!source.has(section)) return [];
  try {
    const sql = `SELECT ${source.bounded(section)} FROM ${source.from(section)} ${order}`;
    return (yield* query(section, sql)).map(value);
  } catch (error) {
    const failure = source.toFailure(error);
    if (failure === undefined || failure.code === "unavailable") throw error;
    return [];
  }
}

/** Converts a section's row to a run. */
function runIn(source: Source, section: SectionName) {
  return (row: Cells): FinishedRunRow & Omit<AgentRow, "taskStage" | "jobStatus"> => {
    const run = rowOf<FinishedRunRow & AgentRow>(source, section, row);
    // Without the column it is unknown whether the run has a price.
    const pricedRuns = row.cost_usd === undefined ? null : Number(run.costUsd !== null);
    return Object.assign(run, { agent: run.agent ?? "", pricedRuns });
  };
}
