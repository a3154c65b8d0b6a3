/** Inserts finished history and the first active work. */
import { type DemoDatabase, fromNow, insert } from "./database.ts";
import { insertTask, STAGES } from "./pipeline.ts";

const FINISHED_RUNS = 40;

export async function seedHistory(database: DemoDatabase): Promise<void> {
  await database.transaction(async () => {
    for (let index = 0; index < FINISHED_RUNS; index += 1) {
      const started = -7_200 + index * 100;
      const stage = index % 9 === 8 ? "failed" : "done";
      const task = await insertTask(database, stage, started + 90);
      const attempts = index % 7 === 6 ? 2 : 1;
      const job = await insert(
        database,
        `INSERT INTO jobs (task_id, kind, status, attempts, available_at, created_at, started_at, finished_at)
         VALUES (?, 'developer', ?, ?, ?, ?, ?, ?)`,
        task,
        stage,
        stage === "failed" ? 3 : attempts,
        fromNow(started),
        fromNow(started),
        fromNow(started + 5),
        fromNow(started + 90),
      );
      await database.run(
        `INSERT INTO agent_runs (task_id, job_id, agent, model, started_at, finished_at, exit_code,
           input_tokens, output_tokens, cache_read_tokens, cache_creation_tokens, cost_usd)
         VALUES (?, ?, ?, ?, ?, ?, 0, ?, ?, ?, ?, ?)`,
        task,
        job,
        index % 3 === 0 ? "reviewer" : "developer",
        index % 5 === 0 ? "model-small" : "model-large",
        fromNow(started + 5),
        fromNow(started + 90),
        12_000 + index * 37,
        1_800 + index * 11,
        90_000 + index * 503,
        4_000 + index * 29,
        index % 5 === 0 ? null : 0.21 + index / 1000,
      );
    }
    for (const [index, stage] of STAGES.entries()) {
      await insertTask(database, stage, -60 * (index + 1));
      await insertTask(database, stage, -20 * (index + 1));
    }
  });
}
