/** Runs prepared statements within what each may take: time, memory and the size of its result. */
import type { SectionName } from "../../profiles/contract.ts";
import { SourceError } from "../fault.ts";
import type { Cells } from "../sql/columns.ts";
import { isAggregateSection } from "../sql/history/history.ts";
import { LARGEST_RESULT_BYTES, TOO_LARGE } from "../sql/result-size.ts";
import type { Statement } from "../sql/statements.ts";
import type { ProcessGuard } from "./process-guard.ts";

/** A prepared statement of either library. */
export interface Prepared {
  iterate(...values: Statement["values"]): Iterable<unknown>;
}

const STATEMENT_MILLISECONDS = 1_000;
const AGGREGATE_MILLISECONDS = 10_000;

/** What an object of a row weighs beside its texts and blobs, for each cell. */
const CELL_BYTES = 16;

/** What the SELECT of a section may take. */
export function allowedMilliseconds(section: SectionName | undefined): number {
  return section !== undefined && isAggregateSection(section)
    ? AGGREGATE_MILLISECONDS
    : STATEMENT_MILLISECONDS;
}

export class StatementRunner {
  readonly #guard: ProcessGuard;
  /** By the monotonic clock: when the transaction that holds a lock must be over. */
  #deadline = Number.POSITIVE_INFINITY;

  constructor(guard: ProcessGuard) {
    this.#guard = guard;
  }

  /** Runs `work`, a transaction. One that holds up the writer takes no longer than a single statement may. */
  transaction<T>(holdsLock: boolean, work: () => T): T {
    this.#deadline = holdsLock ? performance.now() + STATEMENT_MILLISECONDS : Number.POSITIVE_INFINITY;
    this.#guard.watch();
    try {
      return work();
    } finally {
      this.#guard.rest();
    }
  }

  /** Gives all rows. Throws SQLite's error, and a SourceError for more than a result may hold. */
  run(prepared: Prepared, { section, values }: Statement): readonly Cells[] {
    const left = this.#deadline - performance.now();
    this.#guard.began(section, Math.min(allowedMilliseconds(section), left));
    try {
      return bounded(prepared.iterate(...values) as Iterable<Cells>);
    } finally {
      this.#guard.ended();
    }
  }
}

function bounded(rows: Iterable<Cells>): readonly Cells[] {
  const kept: Cells[] = [];
  let bytes = 0;
  for (const row of rows) {
    for (const name in row) bytes += CELL_BYTES + sizeOf(row[name]);
    if (bytes > LARGEST_RESULT_BYTES) throw new SourceError(TOO_LARGE);
    kept.push(row);
  }
  return kept;
}

function sizeOf(cell: unknown): number {
  return typeof cell === "string" || cell instanceof Uint8Array ? cell.length : 0;
}
