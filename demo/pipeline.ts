/** Tasks move through their stages; jobs are queued, run, retried, and end in every way a job can end. */
import { type DemoDatabase, fromNow } from "./database.ts";

export const STAGES = ["analysis", "architecture", "development", "review"] as const;
const KINDS = ["analyst", "architect", "developer", "reviewer"] as const;

/** How many ticks lie between two moves of the same sort. */
const EVERY = { taskMoves: 6, jobArrives: 3, jobEnds: 4 };
const MOST_ACTIVE_TASKS = 12;
const RETRY_SECONDS = 20;

export function insertTask(database: DemoDatabase, stage: string, enteredSeconds: number): number {
  const next = Number(database.all("SELECT COUNT(*) + 1 AS next FROM tasks")[0]?.next);
  const entered = fromNow(enteredSeconds);
  return database.run(
    `INSERT INTO tasks (work_item, title, stage, stage_entered_at, created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?)`,
    `ORCH-${String(next).padStart(3, "0")}`,
    `Work item ${next}`,
    stage,
    entered,
    entered,
    entered,
  );
}

export function stepPipeline(database: DemoDatabase, step: number): void {
  if (step % EVERY.taskMoves === 0) moveTask(database, step);
  if (step % EVERY.jobArrives === 0) queueJob(database, step);
  if (step % EVERY.jobEnds === 0) advanceJobs(database, step);
}

function moveTask(database: DemoDatabase, step: number): void {
  const active = database.all(
    "SELECT id, stage FROM tasks WHERE stage NOT IN ('done', 'failed', 'cancelled') ORDER BY stage_entered_at",
  );
  if (active.length < MOST_ACTIVE_TASKS) insertTask(database, STAGES[0], 0);
  // Never the oldest: one task that does not move is part of the picture.
  const task = active[1 + (step % Math.max(1, active.length - 1))];
  if (!task) return;
  const next = STAGES[STAGES.indexOf(task.stage as (typeof STAGES)[number]) + 1];
  const ended = step % 5 === 4 ? "cancelled" : step % 5 === 3 ? "failed" : "done";
  database.run(
    "UPDATE tasks SET stage = ?, stage_entered_at = ?, updated_at = ? WHERE id = ?",
    next ?? ended,
    fromNow(0),
    fromNow(0),
    task.id ?? null,
  );
}

function queueJob(database: DemoDatabase, step: number): void {
  const now = fromNow(0);
  database.run(
    `INSERT INTO jobs (task_id, kind, status, priority, available_at, created_at)
     VALUES ((SELECT MAX(id) FROM tasks), ?, 'queued', ?, ?, ?)`,
    KINDS[(step / EVERY.jobArrives) % KINDS.length] ?? "developer",
    step % 2,
    now,
    now,
  );
}

/** The running job ends, one way after the other; the one that has waited longest starts. */
function advanceJobs(database: DemoDatabase, step: number): void {
  const now = fromNow(0);
  const [running] = database.all(
    "SELECT id, attempts, max_attempts FROM jobs WHERE status = 'running' ORDER BY started_at LIMIT 1",
  );
  if (running) {
    const turn = (step / EVERY.jobEnds) % 6;
    const id = running.id ?? null;
    if (turn === 2 && Number(running.attempts) < Number(running.max_attempts)) {
      database.run(
        "UPDATE jobs SET status = 'queued', available_at = ? WHERE id = ?",
        fromNow(RETRY_SECONDS),
        id,
      );
    } else if (turn === 3) {
      database.run(
        "UPDATE jobs SET status = 'failed', attempts = max_attempts, finished_at = ? WHERE id = ?",
        now,
        id,
      );
    } else if (turn === 5) {
      database.run("UPDATE jobs SET status = 'cancelled', finished_at = ? WHERE id = ?", now, id);
    } else {
      database.run("UPDATE jobs SET status = 'done', finished_at = ? WHERE id = ?", now, id);
    }
  }
  for (const { id } of database.all(
    "SELECT id FROM jobs WHERE status = 'queued' AND available_at <= ? ORDER BY available_at LIMIT ?",
    now,
    running ? 1 : 2,
  )) {
    database.run(
      "UPDATE jobs SET status = 'running', attempts = attempts + 1, started_at = ?, lease_until = ? WHERE id = ?",
      now,
      fromNow(300),
      id ?? null,
    );
  }
}
