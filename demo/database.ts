/** The interface to the demo's database. Its statements are valid for both SQLite and PostgreSQL. */
import { readFileSync } from "node:fs";

export type Value = string | number | null;

/** Values replace `?`. Callers must await each statement or transaction before the next. */
export interface DemoDatabase {
  run(sql: string, ...values: Value[]): Promise<void>;
  all(sql: string, ...values: Value[]): Promise<Record<string, Value>[]>;
  transaction(work: () => Promise<void>): Promise<void>;
  close(): Promise<void>;
}

/** The reference schema. */
export const SCHEMA = readFileSync(new URL("./schema.sql", import.meta.url), "utf8");

/** Runs an INSERT. Returns the ID of its row. */
export async function insert(database: DemoDatabase, sql: string, ...values: Value[]): Promise<number> {
  const [row] = await database.all(`${sql} RETURNING id`, ...values);
  return Number(row?.id);
}

/** Returns a time in the schema's format. Negative seconds are in the past. */
export function fromNow(seconds: number): string {
  return new Date(Date.now() + seconds * 1000).toISOString();
}
