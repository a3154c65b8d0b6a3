/** The demo's database: the reference schema in WAL mode. */
import { readFileSync } from "node:fs";
import Database from "better-sqlite3";

export type Value = string | number | null;

export interface DemoDatabase {
  /** Runs one statement; gives the id of the row it inserted. */
  run(sql: string, ...values: Value[]): number;
  all(sql: string, ...values: Value[]): Record<string, Value>[];
  transaction(work: () => void): void;
  close(): void;
}

export function openDatabase(path: string): DemoDatabase {
  const connection = new Database(path);
  connection.pragma("journal_mode = WAL");
  connection.exec(readFileSync(new URL("./schema.sql", import.meta.url), "utf8"));
  const statements = new Map<string, Database.Statement>();
  const prepare = (sql: string) => {
    const statement = statements.get(sql) ?? connection.prepare(sql);
    statements.set(sql, statement);
    return statement;
  };
  return {
    run: (sql, ...values) => Number(prepare(sql).run(...values).lastInsertRowid),
    all: (sql, ...values) => prepare(sql).all(...values) as Record<string, Value>[],
    transaction: (work) => connection.transaction(work)(),
    close: () => connection.close(),
  };
}

/** A time as the schema wants it; negative seconds lie in the past. */
export function fromNow(seconds: number): string {
  return new Date(Date.now() + seconds * 1000).toISOString();
}
