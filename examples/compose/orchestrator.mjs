/** Writes a database with the reference schema and one agent, a child process, until SIGTERM. */
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import Database from "better-sqlite3";

const AT = "'2026-01-31T12:00:00.000Z'";
const agent = spawn("sleep", ["3600"], { stdio: "ignore" });
const database = new Database(process.env.ORCH_DATABASE ?? "orchestrator.db");
database.pragma("journal_mode = WAL");
const isNew = database.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'tasks'").get() === undefined;
if (isNew) database.exec(readFileSync(new URL("../../demo/schema.sql", import.meta.url), "utf8"));
database.exec(`
  INSERT INTO tasks (work_item, stage, stage_entered_at, created_at, updated_at) VALUES ('A-1', 'review', ${AT}, ${AT}, ${AT});
  INSERT INTO jobs (kind, status, attempts, available_at, created_at) VALUES ('a', 'queued', 0, ${AT}, ${AT});
  INSERT INTO agent_runs (agent, model, pid, started_at, cost_usd) VALUES ('a', 'm', ${agent.pid}, ${AT}, 1.5);
  INSERT OR REPLACE INTO circuit_breakers VALUES ('api', 'open', 3, ${AT}, NULL, ${AT});
  INSERT OR REPLACE INTO serial_gates VALUES ('repo', NULL, NULL, 2)`);

process.on("SIGTERM", () => {
  database.close();
  agent.kill();
  process.exit(0);
});
setInterval(() => {}, 60_000);
