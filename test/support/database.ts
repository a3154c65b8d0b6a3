/** Builders for a reference database. Each test defines its contents. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";

export const SCHEMA = readFileSync(new URL("../../demo/schema.sql", import.meta.url), "utf8");

export type Row = Readonly<Record<string, string | number | bigint | null>>;

export interface TestDatabase extends Disposable {
  readonly directory: string;
  readonly path: string;
  readonly connection: Database.Database;
  insert(table: string, ...rows: Row[]): void;
  /** Closes the orchestrator's connection, like its clean stop. */
  stop(): void;
}

/** Creates a live WAL database with the reference schema, in its own folder. */
export function createDatabase({ schema = SCHEMA, journal = "wal" } = {}): TestDatabase {
  const directory = mkdtempSync(join(tmpdir(), "orch-metrics-test-"));
  const path = join(directory, "orchestrator.db");
  const connection = new Database(path);
  connection.pragma(`journal_mode = ${journal}`);
  connection.exec(schema);
  return {
    directory,
    path,
    connection,
    insert(table, ...rows) {
      for (const row of rows) {
        const names = Object.keys(row);
        const marks = names.map(() => "?").join(", ");
        connection
          .prepare(`INSERT INTO ${table} (${names.join(", ")}) VALUES (${marks})`)
          .run(Object.values(row));
      }
    },
    stop: () => connection.close(),
    [Symbol.dispose]() {
      connection.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

export const ago = (seconds: number): string => new Date(Date.now() - seconds * 1000).toISOString();

export function task(id: number, stage: string, more: Row = {}): Row {
  return {
    id,
    work_item: `ORCH-${String(id).padStart(3, "0")}`,
    stage,
    stage_entered_at: ago(60),
    created_at: ago(600),
    updated_at: ago(60),
    ...more,
  };
}

export function job(id: number, status: string, more: Row = {}): Row {
  return { id, kind: "developer", status, available_at: ago(30), created_at: ago(30), ...more };
}

export function run(id: number, more: Row = {}): Row {
  return { id, agent: "developer", started_at: ago(100), ...more };
}
