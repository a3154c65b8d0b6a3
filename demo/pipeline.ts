/** Moves tasks through their stages. Jobs are queued, run, retried, and end in every possible way. */
import { type DemoDatabase, fromNow, insert } from "./database.ts";

export const STAGES = ["analysis", "architecture", "development", "review"] as const;
/** The stage that each kind of agent works on. */
export const STAGE_OF = {
  analyst: "analysis",
  architect: "architecture",
  developer: "development",
  reviewer: "review",
} as const satisfies Record<string, (typeof STAGES)[number]>;
const KINDS = Object.keys(STAGE_OF);

/** Excludes tasks and jobs of a running agent, which last until the agent ends. */
const WITHOUT_AGENT = (column: "task_id" | "job_id", id: string) =>
  `NOT EXISTS (SELECT 1 FROM agent_runs WHERE ${column} = ${id} AND finished_at IS NULL)`;

/** Ticks between two changes of the same kind. More jobs end than arrive, so that the queue drains. */
const EVERY = { taskMoves: 6, jobArrives: 7, jobEnds: 4, burst: 240 };
/** Jobs that arrive at once from time to time, and drain until the next burst. */
const BURST_JOBS = 12;
const MOST_ACTIVE_TASKS = 12;
const RETRY_SECONDS = 20;

export async function insertTask(
  database: DemoDatabase,
  stage: string,
  enteredSeconds: number,
): Promise<number> {
  const next = Number((await database.all("SELECT COUNT(*) + 1 AS next FROM tasks"))[0]?.next);
  const entered = fromNow(enteredSeconds);
  return insert(
    database,
    `INSERT INTO tasks (work_item, title, stage, stage_entered_at, created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?)`,
    `ORCH-${String(next).padStart(3, "0")}`,
    `Work item ${next}`,
    stage,
    entered,
    entered,
    entered,
  );
}

export async function stepPipeline(database: DemoDatabase, step: number): Promise<void> {
  if (step % EVERY.taskMoves === 0) await moveTask(database, step);
  if (step % EVERY.jobArrives === 0 || step % EVERY.burst < BURST_JOBS) await queueJob(database, step);
  if (step % EVERY.jobEnds === 0) await advanceJobs(database, step);
}

async function moveTask(database: DemoDatabase, step: number): Promise<void> {
  const active = await database.all(
    `SELECT id, stage FROM tasks WHERE stage NOT IN ('done', 'failed', 'cancelled')
       AND ${WITHOUT_AGENT("task_id", "tasks.id")} ORDER BY stage_entered_at`,
  );
  if (active.length < MOST_ACTIVE_TASKS) await insertTask(database, STAGES[0], 0);
  // Never moves the oldest task, so that one task stays in its stage.
  const task = active[1 + (step % Math.max(1, active.length - 1))];
  if (!task) return;
  const next = STAGES[STAGES.indexOf(task.stage as (typeof STAGES)[number]) + 1];
  const ended = step % 5 === 4 ? "cancelled" : step % 5 === 3 ? "failed" : "done";
  await database.run(
    "UPDATE tasks SET stage = ?, stage_entered_at = ?, updated_at = ? WHERE id = ?",
    next ?? ended,
    fromNow(0),
    fromNow(0),
    task.id ?? null,
  );
}

async function queueJob(database: DemoDatabase, step: number): Promise<void> {
  const now = fromNow(0);
  await database.run(
    `INSERT INTO jobs (task_id, kind, status, priority, available_at, created_at)
     VALUES ((SELECT MAX(id) FROM tasks), ?, 'queued', ?, ?, ?)`,
    KINDS[step % KINDS.length] ?? "developer",
    step % 2,
    now,
    now,
  );
}

/** Ends the running job in one of several ways, and starts the one that has waited longest. */
async function advanceJobs(database: DemoDatabase, step: number): Promise<void> {
  const now = fromNow(0);
  const [running] = await database.all(
    `SELECT id, attempts, max_attempts FROM jobs WHERE status = 'running'
       AND ${WITHOUT_AGENT("job_id", "jobs.id")} ORDER BY started_at LIMIT 1`,
  );
  if (running) {
    const turn = (step / EVERY.jobEnds) % 12;
    const isRetried = turn === 2 && Number(running.attempts) < Number(running.max_attempts);
    const isFailed = turn === 7;
    await database.run(
      `UPDATE jobs SET status = ?, finished_at = ?, available_at = coalesce(?, available_at),
         attempts = coalesce(?, attempts) WHERE id = ?`,
      isRetried ? "queued" : isFailed ? "failed" : turn === 11 ? "cancelled" : "done",
      isRetried ? null : now,
      isRetried ? fromNow(RETRY_SECONDS) : null,
      isFailed ? (running.max_attempts ?? null) : null,
      running.id ?? null,
    );
  }
  for (const { id } of await database.all(
    "SELECT id FROM jobs WHERE status = 'queued' AND available_at <= ? ORDER BY available_at LIMIT ?",
    now,
    running ? 1 : 2,
  )) {
    await database.run(
      "UPDATE jobs SET status = 'running', attempts = attempts + 1, started_at = ?, lease_until = ? WHERE id = ?",
      now,
      fromNow(300),
      id ?? null,
    );
  }
}
