/**
 * What a reading asks of a database, whichever it is: a generator that yields statements and is given their rows.
 * SQLite runs it at once in the reading thread, PostgreSQL by waiting for each answer.
 */
import type { SectionName } from "../../profiles/contract.ts";
import type { Cells } from "./columns.ts";

export type Value = string | number | bigint;

/** One SELECT with its values; its placeholders are the dialect's. */
export interface Statement {
  /** Whose SELECT stands in it; undefined where it is the service's own. */
  readonly section?: SectionName;
  readonly sql: string;
  readonly values: readonly Value[];
}

export type Asking<T> = Generator<Statement, T, readonly Cells[]>;

/** Runs a SELECT to its end and gives its rows: a cursor left open would hold up the writer. */
export type Query = (statement: Statement) => readonly Cells[];

export function* ask(
  section: SectionName,
  sql: string,
  ...values: readonly Value[]
): Asking<readonly Cells[]> {
  return yield { section, sql, values };
}

export function runNow<T>(asking: Asking<T>, query: Query): T {
  let step = asking.next();
  while (!step.done) {
    let rows: readonly Cells[];
    try {
      rows = query(step.value);
    } catch (error) {
      step = asking.throw(error);
      continue;
    }
    step = asking.next(rows);
  }
  return step.value;
}

export async function runWaiting<T>(
  asking: Asking<T>,
  query: (statement: Statement) => Promise<readonly Cells[]>,
): Promise<T> {
  let step = asking.next();
  while (!step.done) {
    let rows: readonly Cells[];
    try {
      rows = await query(step.value);
    } catch (error) {
      step = asking.throw(error);
      continue;
    }
    step = asking.next(rows);
  }
  return step.value;
}

/** The single row of an aggregate. */
export function only(rows: readonly Cells[]): Cells {
  return rows[0] ?? {};
}
