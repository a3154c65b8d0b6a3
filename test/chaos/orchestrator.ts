/**
 * The chaos run's orchestrator: commits one step of the truth after the other. Before each step it appends "i
 * n" to a file, and after it "a n". Arguments: database, notes, journal mode, pause in milliseconds.
 */
import { appendFileSync, existsSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import Database from "better-sqlite3";
import { SCHEMA } from "../support/database.ts";
import { advance, nothingYet } from "./truth.ts";

const [path = "", notes = "", journal = "wal", pause = "5"] = process.argv.slice(2);

const isNew = !existsSync(path);
const database = new Database(path, { timeout: 5_000 });
database.pragma(`journal_mode = ${journal}`);
if (isNew) {
  database.exec(`BEGIN; ${SCHEMA};
    INSERT INTO circuit_breakers (name, state, failures, updated_at) VALUES
      ('api', 'closed', 0, '2026-01-31T12:00:00.000Z'), ('commits', 'closed', 0, '2026-01-31T12:00:00.000Z');
    INSERT INTO serial_gates (scope) VALUES ('repo:orchestrator'); COMMIT`);
}

const committed = Number(
  database.prepare("SELECT failures FROM circuit_breakers WHERE name = 'commits'").pluck().get(),
);
const state = nothingYet();
while (state.commits < committed) advance(state);
note(`s ${committed}`);

let isStopping = false;
process.on("SIGTERM", () => {
  isStopping = true;
});
while (!isStopping) {
  const statements = advance(state);
  note(`i ${state.commits}`);
  const began = performance.now();
  try {
    database.exec("BEGIN IMMEDIATE");
    for (const [sql, values] of statements) database.prepare(sql).run(...values);
    database.exec("COMMIT");
  } catch (error) {
    note(`e ${state.commits} ${(error as Error).message}`);
    process.exit(1);
  }
  note(`a ${state.commits} ${Math.round(performance.now() - began)}`);
  if (state.commits % 150 === 0) maintain();
  await sleep(Number(pause));
}
database.close();

/** Does an orchestrator's maintenance, which may fail because of a reader, as anywhere. */
function maintain(): void {
  const statement = ["PRAGMA wal_checkpoint(TRUNCATE)", "VACUUM", `CREATE TABLE extra_${state.commits} (id)`];
  try {
    database.exec(statement[(state.commits / 150) % 3] as string);
  } catch {
    // The next call tries again.
  }
}

function note(line: string): void {
  appendFileSync(notes, `${line}\n`);
}
