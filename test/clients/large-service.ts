/** A service whose whole envelope exceeds one MiB, and whose responses can be delayed. */
import { renameSync } from "node:fs";
import { createDatabase, job, run, type TestDatabase, task } from "../support/database.ts";
import { type StartOptions, startReady } from "../support/service.ts";

export const TASKS = 1_000;

export function fillLarge(database: TestDatabase): void {
  const workItem = "x".repeat(1_100);
  const tasks = Array.from({ length: TASKS }, (_, index) =>
    task(index + 1, "review", { work_item: workItem }),
  );
  database.connection.transaction(() => database.insert("tasks", ...tasks))();
  database.insert("jobs", job(1, "queued"));
  database.insert("agent_runs", run(1, { cost_usd: 1.5, input_tokens: 2 ** 53 - 1 }));
}

export async function startLargeService(options: StartOptions = {}) {
  const database = createDatabase({ journal: "delete" });
  fillLarge(database);
  const service = await startReady(database.path, options);
  return {
    service,
    /** Locks out all readers. A response then takes as long as the lock timeout of 150 ms. */
    async whileLocked<T>(work: () => Promise<T>): Promise<T> {
      database.connection.exec("BEGIN EXCLUSIVE");
      try {
        return await work();
      } finally {
        database.connection.exec("COMMIT");
      }
    },
    /** Removes the database, so that the service is not ready. */
    async whileAway<T>(work: () => Promise<T>): Promise<T> {
      renameSync(database.path, `${database.path}.away`);
      try {
        return await work();
      } finally {
        renameSync(`${database.path}.away`, database.path);
      }
    },
    async [Symbol.asyncDispose]() {
      await service[Symbol.asyncDispose]();
      database[Symbol.dispose]();
    },
  };
}
