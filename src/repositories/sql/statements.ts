/**
 * A reading as a generator that yields statements and receives their rows, so that the same code reads both
 * databases. SQLite runs it synchronously. PostgreSQL waits for each response.
 */
import type { SectionName } from "../../profiles/contract.ts";
import type { Cells } from "./columns.ts";

export type Value = string | number | bigint;

/** One SELECT with its values, with the dialect's placeholders. */
export interface Statement {
  /** The section whose SELECT it contains. Undefined for the service's own statements. */
  readonly section?: SectionName;
  readonly sql: string;
  readonly values: readonly Value[];
}

export type StatementGenerator<T> = Generator<Statement, T, readonly Cells[]>;

/** Runs a SELECT to its end and returns its rows, since an open cursor would block the writer. */
export type Query = (statement: Statement) => readonly Cells[];

export function* query(
  section: SectionName,
  sql: string,
  ...values: readonly Value[]
): StatementGenerator<readonly Cells[]> {
  try {
    return yield { section, sql, values };
  } catch (error) {
    // `readPart` reads it.
    throw Object.assign(error as Error, { section });
  }
}

/** Counts the rows of a SELECT that continues with `from`. */
export function* countedRows(section: SectionName, from: string): StatementGenerator<number> {
  const [row] = yield* query(section, `SELECT COUNT(*) AS total ${from}`);
  return Number(row?.total);
}

export function runSync<T>(statements: StatementGenerator<T>, query: Query): T {
  let step = statements.next();
  while (!step.done) {
    let rows: readonly Cells[];
    try {
      rows = query(step.value);
    } catch (error) {
      step = statements.throw(error);
      continue;
    }
    step = statements.next(rows);
  }
  return step.value;
}

export async function runAsync<T>(
  statements: StatementGenerator<T>,
  query: (statement: Statement) => Promise<readonly Cells[]>,
): Promise<T> {
  let step = statements.next();
  while (!step.done) {
    let rows: readonly Cells[];
    try {
      rows = await query(step.value);
    } catch (error) {
      step = statements.throw(error);
      continue;
    }
    step = statements.next(rows);
  }
  return step.value;
}
