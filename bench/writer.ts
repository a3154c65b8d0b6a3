/**
 * Simulates an orchestrator's writes in a separate process: 50 commits a second, each of which finishes the last job
 * and run, adds others, and updates a task. On request, sends what it did since the previous request.
 */
import { statSync } from "node:fs";
import Database from "better-sqlite3";

const COMMITS_PER_SECOND = 50;
const NOW = "strftime('%Y-%m-%dT%H:%M:%fZ')";

const path = process.argv[2] ?? "";
const database = new Database(path, { timeout: 5_000 });
const commit = (task: number) =>
  database.exec(`BEGIN IMMEDIATE;
    UPDATE jobs SET status = 'done', finished_at = ${NOW}
      WHERE id = (SELECT MAX(id) FROM jobs) AND status = 'running';
    UPDATE agent_runs SET finished_at = ${NOW}, cost_usd = 0.25
      WHERE id = (SELECT MAX(id) FROM agent_runs) AND pid IS NULL;
    INSERT INTO jobs (task_id, kind, status, attempts, available_at, created_at, started_at)
      VALUES (1, 'developer', 'running', 1, ${NOW}, ${NOW}, ${NOW});
    INSERT INTO agent_runs (task_id, job_id, agent, model, started_at)
      VALUES (1, last_insert_rowid(), 'agent-1', 'model-1', ${NOW});
    UPDATE tasks SET updated_at = ${NOW} WHERE id = ${task};
    COMMIT`);

const began = performance.now();
let commits = 0;
let took: number[] = [];
setInterval(() => {
  // Catches up after a slow commit.
  const due = ((performance.now() - began) / 1000) * COMMITS_PER_SECOND;
  for (; commits < due; commits += 1) {
    const beganCommit = performance.now();
    commit((commits % 20) + 1);
    took.push(performance.now() - beganCommit);
  }
}, 1000 / COMMITS_PER_SECOND);

process.on("message", () => {
  process.send?.({ took, walBytes: statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0 });
  took = [];
});
process.on("disconnect", () => process.exit(0));
