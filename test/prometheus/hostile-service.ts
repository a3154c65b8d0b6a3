/** A service over a database in which every name that becomes a label is hostile. */
import { createDatabase, job, run, task } from "../support/database.ts";
import { startReady } from "../support/service.ts";

export const HOSTILE = [
  'quo"te',
  "back\\slash",
  "ends in a backslash\\",
  "new\nline",
  "carriage\rreturn",
  "nul\0",
  "ünïcödé 🚀",
  "line\u2028separator, \ufeffmark, next\u0085line",
  "x".repeat(10_000),
  "}{,=#",
  "# EOF",
  "__proto__",
  "constructor",
  " ",
];

/** Every label that contains a name from the orchestrator. */
export const LABELS = ["task_stage", "status", "agent", "model", "name", "state", "scope"];

export async function startHostileService() {
  const database = createDatabase();
  const at = "2026-01-31T12:00:00.000Z";
  for (const [index, name] of HOSTILE.entries()) {
    const id = index + 10;
    database.insert("tasks", task(id, name));
    database.insert("jobs", job(id, name));
    database.insert("agent_runs", run(id, { agent: name, model: name, pid: process.pid, cost_usd: 0.5 }));
    database.insert("circuit_breakers", { name, state: name, updated_at: at });
    database.insert("serial_gates", { scope: name, waiting: index });
  }
  database.insert(
    "jobs",
    job(1, "queued"),
    job(2, "done", { attempts: 3 }),
    job(3, "failed", { attempts: 3 }),
    job(4, "queued", { attempts: 1 }),
  );
  database.insert(
    "agent_runs",
    run(1, { pid: process.pid, model: "m" }),
    run(2, { cost_usd: 2.5, input_tokens: 70, model: "m", finished_at: at }),
  );
  database.insert("circuit_breakers", {
    name: "api",
    state: "open",
    failures: 4,
    opened_at: at,
    updated_at: at,
  });
  const service = await startReady(database.path);
  return {
    service,
    async [Symbol.asyncDispose]() {
      await service[Symbol.asyncDispose]();
      database[Symbol.dispose]();
    },
  };
}
