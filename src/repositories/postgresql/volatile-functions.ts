/**
 * Functions that a SELECT must not call. A read-only transaction keeps tables as they are, and yet lets a function take
 * an advisory lock, change a setting, end another session, or connect elsewhere and write there. PostgreSQL marks
 * what may do so VOLATILE (the manual's chapter 36.7); what is not marked may not even write.
 */
import { calledFunctions } from "./called-functions.ts";
import type { Ask } from "./connection.ts";

/** Volatile for giving another value each time, and nothing else. */
const HARMLESS = [
  "clock_timestamp",
  "gen_random_uuid",
  "random",
  "random_normal",
  "timeofday",
  "uuidv4",
  "uuidv7",
];

const VOLATILE = `SELECT DISTINCT proname::text AS name FROM pg_catalog.pg_proc
  WHERE provolatile = 'v' AND proname::text = ANY (CAST($1 AS text[])) ORDER BY 1`;

/** The volatile functions that it calls, by name; one that is written with Unicode escapes is taken for such. Rejects with PostgreSQL's error. */
export async function volatileFunctions(sql: string, ask: Ask): Promise<readonly string[]> {
  const called = [...calledFunctions(sql)].filter((name) => !HARMLESS.includes(name));
  if (called.length === 0) return [];
  const hidden = called.filter((name) => /^u&"/i.test(name));
  const { rows } = await ask({ sql: VOLATILE, values: [arrayOf(called)] });
  return [...hidden, ...rows.map(({ name }) => String(name))];
}

/** An array's text: the manual's chapter 8.15.2. */
function arrayOf(texts: readonly string[]): string {
  return `{${texts.map((text) => `"${text.replace(/["\\]/g, "\\$&")}"`).join(",")}}`;
}
