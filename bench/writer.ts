/**
 * An orchestrator's writes, in a process of its own: each commit appends a run and a job, finishes the ones
 * before them, and moves a task. Arguments: the database, and commits per second, 0 for as many as it can.
 * Sends its count of commits, and the size of the -wal, when asked.
 */
import { statSync } from "node:fs";
import Database from "better-sqlite3";

const [, , path = "", perSecond = "50"] = process.argv;
const database = new Database(path, { timeout: 5_000 });
database.pragma("foreign_keys = OFF");

const now = () => new Date().toISOString();
const addJob = database.prepare(
  "INSERT INTO jobs (kind, status, attempts, available_at, created_at, started_at) VALUES ('developer', 'running', 1, ?, ?, ?)",
);
const endJob = database.prepare("UPDATE jobs SET status = 'done', finished_at = ? WHERE id = ?");
const addRun = database.prepare(
  "INSERT INTO agent_runs (task_id, job_id, agent, model, started_at) VALUES (1, ?, 'agent-1', 'model-1', ?)",
);
const endRun = database.prepare("UPDATE agent_runs SET finished_at = ?, cost_usd = 0.25 WHERE id = ?");
const moveTask = database.prepare("UPDATE tasks SET updated_at = ? WHERE id = ?");

let last: { job: number | bigint; run: number | bigint } | undefined;
const step = database.transaction((count: number) => {
  if (last) {
    endJob.run(now(), last.job);
    endRun.run(now(), last.run);
  }
  const job = addJob.run(now(), now(), now()).lastInsertRowid;
  last = { job, run: addRun.run(job, now()).lastInsertRowid };
  moveTask.run(now(), (count % 20) + 1);
});

let commits = 0;
const rate = Number(perSecond);
const began = performance.now();
function write(): void {
  const due = rate === 0 ? commits + 20 : ((performance.now() - began) / 1000) * rate;
  for (; commits < due; commits += 1) step.immediate(commits);
  if (rate === 0) setImmediate(write);
  else setTimeout(write, 1000 / rate);
}
write();

process.on("message", () => process.send?.({ commits, walBytes: walBytes() }));
process.on("disconnect", () => process.exit(0));

function walBytes(): number {
  return statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0;
}
