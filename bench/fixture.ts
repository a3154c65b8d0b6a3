/** Creates databases of the reference schema with a given amount of history, and agents that are processes. */
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";

export interface FixtureOptions {
  /** Rows in `agent_runs` and in `jobs`, and in `tasks` up to a million. */
  readonly rows: number;
  readonly journal?: "wal" | "delete";
}

const AT = "'2026-01-31T12:00:00.000Z'";
const ACTIVE_TASKS = 20;
const MOST_TASKS = 1_000_000;
const AGENTS = 20;

export function createFixture(options: FixtureOptions): Disposable & { readonly path: string } {
  const { rows, journal = "wal" } = options;
  const directory = mkdtempSync(join(tmpdir(), "orch-metrics-bench-"));
  const path = join(directory, "orchestrator.db");
  const database = new Database(path);
  // Without a journal, ten million rows take half a minute. There are no readers yet.
  database.pragma("journal_mode = OFF");
  database.pragma("synchronous = OFF");
  database.exec(readFileSync(new URL("../demo/schema.sql", import.meta.url), "utf8"));
  fill(database, rows);
  const processes = startAgents(database, join(directory, "agent.log"));
  database.pragma("synchronous = FULL");
  database.pragma(`journal_mode = ${journal}`);
  database.close();
  return {
    path,
    [Symbol.dispose]() {
      for (const child of processes) child.kill("SIGKILL");
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

function fill(database: Database.Database, rows: number): void {
  const tasks = Math.min(rows, MOST_TASKS);
  const numbers = (count: number) =>
    `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${count})`;
  database.exec(`BEGIN;
    INSERT INTO tasks (work_item, stage, stage_entered_at, created_at, updated_at) ${numbers(tasks)}
      SELECT 'ORCH-' || i, CASE WHEN i > ${tasks - ACTIVE_TASKS} THEN 'review' ELSE 'done' END, ${AT}, ${AT}, ${AT} FROM n;
    INSERT INTO jobs (task_id, kind, status, attempts, available_at, created_at, started_at, finished_at) ${numbers(rows)}
      SELECT i % ${tasks} + 1, 'developer',
        CASE WHEN i > ${rows - ACTIVE_TASKS} THEN 'queued' WHEN i % 20 = 0 THEN 'failed' ELSE 'done' END,
        1 + i % 2, ${AT}, ${AT}, ${AT}, ${AT} FROM n;
    INSERT INTO agent_runs (task_id, job_id, agent, model, pid, started_at, finished_at, exit_code,
        input_tokens, output_tokens, cost_usd) ${numbers(rows)}
      SELECT i % ${tasks} + 1, i, 'agent-' || (i % 4), 'model-' || (i % 3), 1000 + i % 30000, ${AT}, ${AT}, 0,
        i % 100000, i % 9999, (i % 9000) / 1000.0 FROM n;
    COMMIT`);
}

function startAgents(database: Database.Database, logPath: string) {
  writeFileSync(logPath, "");
  const insert = database.prepare(
    `INSERT INTO agent_runs (task_id, job_id, agent, model, pid, log_path, started_at)
     VALUES (1, 1, 'agent-0', 'model-0', ?, ?, ${AT})`,
  );
  return Array.from({ length: AGENTS }, () => {
    const child = spawn("sleep", ["3600"], { stdio: "ignore" });
    insert.run(child.pid, logPath);
    return child;
  });
}
