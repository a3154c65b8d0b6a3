/** A live orchestrator of the size that is asked for: a database with history, and agents that are processes. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";

export interface Fixture extends Disposable {
  readonly path: string;
  /** One commit, as an orchestrator's step makes it. */
  commit(): void;
}

export function createFixture(rows: number, agents: number): Fixture {
  const directory = mkdtempSync(join(tmpdir(), "orch-metrics-bench-"));
  const path = join(directory, "orchestrator.db");
  const database = new Database(path);
  database.pragma("journal_mode = WAL");
  database.exec(readFileSync(new URL("../demo/schema.sql", import.meta.url), "utf8"));
  const numbers = `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${rows})`;
  const at = "'2026-01-31T12:00:00.000Z'";
  database.exec(`
    INSERT INTO tasks (work_item, stage, stage_entered_at, created_at, updated_at) ${numbers}
      SELECT 'ORCH-' || i, CASE WHEN i % 50 = 0 THEN 'review' ELSE 'done' END, ${at}, ${at}, ${at} FROM n;
    INSERT INTO jobs (task_id, kind, status, attempts, available_at, created_at) ${numbers}
      SELECT i, 'developer', CASE WHEN i % 50 = 0 THEN 'queued' ELSE 'done' END, 1 + i % 2, ${at}, ${at} FROM n;
    INSERT INTO agent_runs (task_id, job_id, agent, model, started_at, finished_at, input_tokens, output_tokens, cost_usd)
      ${numbers} SELECT i, i, 'agent-' || (i % 4), 'model-' || (i % 3), ${at}, ${at}, i, i, i / 1000.0 FROM n`);
  const processes: ChildProcess[] = [];
  const insert = database.prepare(
    `INSERT INTO agent_runs (task_id, job_id, agent, model, pid, log_path, started_at) VALUES (1, 1, 'a', 'm', ?, ?, ${at})`,
  );
  const logPath = join(directory, "agent.log");
  writeFileSync(logPath, "");
  for (let index = 0; index < agents; index += 1) {
    const child = spawn("sleep", ["600"]);
    processes.push(child);
    insert.run(child.pid, logPath);
  }
  const update = database.prepare("UPDATE tasks SET updated_at = ? WHERE id = 50");
  return {
    path,
    commit: () => void update.run(new Date().toISOString()),
    [Symbol.dispose]() {
      for (const child of processes) child.kill("SIGKILL");
      database.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
