/** What the demo asks of its database; the statements are valid on SQLite and on PostgreSQL. */
import { readFileSync } from "node:fs";

export type Value = string | number | null;

/** Values take the place of `?`. One statement or transaction at a time: whoever calls awaits it. */
export interface DemoDatabase {
  run(sql: string, ...values: Value[]): Promise<void>;
  all(sql: string, ...values: Value[]): Promise<Record<string, Value>[]>;
  transaction(work: () => Promise<void>): Promise<void>;
  close(): Promise<void>;
}

/** The reference schema. */
export const SCHEMA = readFileSync(new URL("./schema.sql", import.meta.url), "utf8");

/** Runs an INSERT; gives the id of its row. */
export async function insert(database: DemoDatabase, sql: string, ...values: Value[]): Promise<number> {
  const [row] = await database.all(`${sql} RETURNING id`, ...values);
  return Number(row?.id);
}

/** A time as the schema wants it; negative seconds lie in the past. */
export function fromNow(seconds: number): string {
  return new Date(Date.now() + seconds * 1000).toISOString();
}
