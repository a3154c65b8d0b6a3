/**
 * Marks in every column that the contract does not show, in the environment and in file names. None of them
 * may appear in any output.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterAll, beforeAll, expect } from "vitest";
import { SCHEMA } from "../support/database.ts";
import { runProgram, startProgram } from "../support/service.ts";

export const MARK = "plantedsecret";
const AT = "2026-01-31T12:00:00.000Z";

/** Text that the contract shows unchanged. All other text has a mark in it. */
const SHOWN: Readonly<Record<string, readonly string[]>> = {
  tasks: ["work_item", "title", "stage"],
  jobs: ["kind", "status"],
  agent_runs: ["agent", "model", "host"],
  circuit_breakers: ["name", "state"],
  serial_gates: ["scope"],
};

/** The output must contain some value of each of these. */
export const SHOWN_NAMES = [
  "work_item",
  "title",
  "stage",
  "kind",
  "agent",
  "model",
  "host",
  "name",
  "state",
  "scope",
] as const;

/** Shown as times, so marked only to break them. */
const TIMES = /^(stage_entered|available|started|heartbeat|opened|retry|updated|acquired)_at$/;

/** Other columns of real orchestrators. */
const MORE = ["prompt", "payload", "error", "result"];

const ENVIRONMENT = {
  PGPASSWORD: `${MARK}-password`,
  ANTHROPIC_API_KEY: `${MARK}-key`,
  SOME_TOKEN: `${MARK}-token`,
};

/**
 * Returns the statements that fill the reference schema, with marks in what is not shown, and with
 * `breaksAll` in the times and numbers too.
 */
export function rows(dialect: "sqlite" | "postgresql", breaksAll = false): readonly string[] {
  const schema = new Database(":memory:");
  schema.exec(SCHEMA);
  const statements = Object.entries(SHOWN).flatMap(([table, shown]) => {
    const alter = MORE.map((name) => `ALTER TABLE ${table} ADD COLUMN ${name} TEXT`);
    const columns = schema.pragma(`table_info(${table})`) as { name: string; type: string; pk: number }[];
    const values = columns.map(({ name, type, pk }) => {
      const mark = `'${MARK}-${table}-${name}'`;
      if (name === "finished_at" && table === "agent_runs") return "NULL";
      if (shown.includes(name)) return name === "status" ? "'running'" : `'shown-${name}'`;
      if (type === "TEXT" && !TIMES.test(name)) return mark;
      if (name === "updated_at" && table === "tasks") return mark;
      if (breaksAll && pk === 0 && !name.endsWith("_id")) return mark;
      return type === "TEXT" ? `'${AT}'` : name.endsWith("_id") && table === "serial_gates" ? "NULL" : "1";
    });
    const more = MORE.map((name) => `'${MARK}-${table}-${name}'`);
    const names = [...columns.map(({ name }) => name), ...MORE].join(", ");
    return [...alter, `INSERT INTO ${table} (${names}) VALUES (${[...values, ...more].join(", ")})`];
  });
  schema.close();
  return dialect === "sqlite" ? statements : statements.map((sql) => sql.replaceAll("'shown-host'", "NULL"));
}

/** A folder with a mark in its name, and the path of a database there, set before the tests of a file. */
export let folder: string;
export let database: string;
beforeAll(() => {
  folder = join(mkdtempSync(join(tmpdir(), "orch-metrics-test-")), `${MARK}-folder`);
  mkdirSync(folder);
  database = join(folder, `${MARK}.db`);
});
afterAll(() => rmSync(join(folder, ".."), { recursive: true }));

/**
 * Removes the files next to the database too, which a service that reads it keeps when its orchestrator
 * stops.
 */
export function removeDatabase(): void {
  for (const suffix of ["", "-wal", "-shm"]) rmSync(database + suffix, { force: true, recursive: true });
}

/** Creates a live database at the path. Closing it stops its orchestrator. */
export function write(statements: readonly string[], journal = "wal"): Database.Database & Disposable {
  removeDatabase();
  const connection = new Database(database);
  connection.pragma(`journal_mode = ${journal}`);
  connection.exec([SCHEMA, ...statements].join(";\n"));
  return Object.assign(connection, { [Symbol.dispose]: () => void connection.close() });
}

export const start = (env: Record<string, string> = {}, args: readonly string[] = []) =>
  startProgram(undefined, {
    env: { ...ENVIRONMENT, ORCH_DATABASE: database, ...env },
    args: ["--log-level", "debug", ...args],
  });

export function expectNoMark(text: string): void {
  const at = text.toLowerCase().indexOf(MARK);
  expect(at < 0 ? "" : text.slice(Math.max(0, at - 200), at + 60)).toBe("");
}

export async function commands(env: Record<string, string> = {}): Promise<string> {
  const all = { ...ENVIRONMENT, ORCH_DATABASE: database, ORCH_METRICS_LOG_LEVEL: "debug", ...env };
  const outputs = [await runProgram(["check"], all), await runProgram(["snapshot"], all)];
  const shown = outputs.flatMap(({ stdout, stderr }) => [stdout, stderr]).join("\n");
  // The path comes from the operator, and `check` names it.
  return shown.replaceAll(all.ORCH_DATABASE, "PATH");
}

/** Returns the path of a profile with marks, each of whose SELECTs fails or returns invalid values. */
export function faultyProfile(): string {
  const profile = join(folder, "mine.sql");
  const header = "-- dialect: sqlite\n-- system: a test\n-- versions: 1\n-- terminal-stages: done\n";
  const sections = [
    `-- name: stages\nSELEC '${MARK}' FROM tasks`,
    `-- name: queue_ages\nSELECT '${MARK}' AS nonsense`,
    `-- name: breakers\nDELETE FROM tasks WHERE title = '${MARK}'`,
    `-- name: gates\nSELECT scope, NULL AS holder_task_id, '${MARK}' AS acquired_at_ms, '${MARK}' AS waiting FROM serial_gates`,
  ];
  writeFileSync(profile, [header, ...sections].join("\n\n"));
  return profile;
}
