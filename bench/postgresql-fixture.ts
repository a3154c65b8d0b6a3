/** The rows of the SQLite fixture in PostgreSQL. */
import { type PostgresqlServer, REFERENCE_SCHEMA } from "../test/support/postgresql.ts";

const AT = "'2026-01-31T12:00:00.000Z'";
const ACTIVE_TASKS = 20;

export async function fillPostgresql(server: PostgresqlServer, rows: number): Promise<void> {
  await server.exec(`${REFERENCE_SCHEMA};
    INSERT INTO tasks (id, work_item, stage, stage_entered_at, created_at, updated_at)
      SELECT i, 'ORCH-' || i, CASE WHEN i > ${rows - ACTIVE_TASKS} THEN 'review' ELSE 'done' END, ${AT}, ${AT}, ${AT}
      FROM generate_series(1, ${rows}) AS i;
    INSERT INTO jobs (id, task_id, kind, status, attempts, available_at, created_at, started_at, finished_at)
      SELECT i, i, 'developer',
        CASE WHEN i > ${rows - ACTIVE_TASKS} THEN 'queued' WHEN i % 20 = 0 THEN 'failed' ELSE 'done' END,
        1 + i % 2, ${AT}, ${AT}, ${AT}, ${AT} FROM generate_series(1, ${rows}) AS i;
    INSERT INTO agent_runs (id, task_id, job_id, agent, model, started_at, finished_at, input_tokens, output_tokens, cost_usd)
      SELECT i, i, i, 'agent-' || (i % 4), 'model-' || (i % 3), ${AT}, ${AT}, i % 100000, i % 9999, (i % 9000) / 1000.0
      FROM generate_series(1, ${rows}) AS i;
    ANALYZE`);
}
