/** A service over a database whose every label is hostile. */
import { createDatabase, job, run, task } from "../support/database.ts";
import { startProgram } from "../support/service.ts";

export const HOSTILE = ['quo"te', "back\\slash", "new\nline", "ünïcödé 🚀", "x".repeat(10_000), "}{,=#"];

export async function startHostileService() {
  const database = createDatabase();
  for (const [index, stage] of HOSTILE.entries()) database.insert("tasks", task(index + 1, stage));
  const at = "2026-01-31T12:00:00.000Z";
  database.insert(
    "jobs",
    job(1, "queued"),
    job(2, "done", { attempts: 3 }),
    job(3, "failed", { attempts: 3 }),
  );
  database.insert(
    "agent_runs",
    run(1, { pid: process.pid, model: "m" }),
    run(2, { cost_usd: 2.5, model: "m", finished_at: at }),
  );
  database.connection.exec(`INSERT INTO circuit_breakers VALUES ('api', 'open', 4, '${at}', NULL, '${at}')`);
  const service = await startProgram(database.path);
  return {
    service,
    async [Symbol.asyncDispose]() {
      await service[Symbol.asyncDispose]();
      database[Symbol.dispose]();
    },
  };
}
