/**
 * Runs the SELECTs of a profile, each of which may return a limited amount. Those that come with the program are known
 * to end; of others nothing is known, so that they run in a process of their own, and for a limited time.
 */
import type { SectionName } from "../../profiles/contract.ts";
import { SourceError } from "../fault.ts";
import type { Statement } from "../sql/asking.ts";
import type { Cells } from "../sql/columns.ts";
import { isWholeSection } from "../sql/history/history.ts";
import { LARGEST_RESULT_BYTES, TOO_LARGE } from "../sql/result-size.ts";
import { endOnOverstay } from "./overstay.ts";

/** A prepared statement of either library. */
export interface Prepared {
  all(...values: Statement["values"]): unknown[];
  iterate(...values: Statement["values"]): Iterable<unknown>;
}

/** Gives all rows of a prepared SELECT. */
export type Guard = (prepared: Prepared, statement: Statement) => readonly Cells[];

/**
 * How many rows these return `--max-items` decides; how long their texts are, the orchestrator. All rows at once take half
 * the time of one after the other, and none of their texts is long.
 */
export const untimed: Guard = (prepared, { values }) => bounded(prepared.all(...values) as Cells[], 0);

/** What an object of a row weighs beside its texts and blobs, for each cell. */
const CELL_BYTES = 16;

/** What a SELECT may take before its process ends. */
export function allowedMilliseconds(section: SectionName): number {
  return isWholeSection(section) ? 10_000 : 1_000;
}

/** To be used in a process of its own; `tell` hears which section's SELECT begins, before it does. */
export function guarded(tell: (section: SectionName) => void): Guard {
  const overstay = endOnOverstay();
  return (prepared, { section, values }) => {
    if (section !== undefined) tell(section);
    overstay.began(section === undefined ? 1_000 : allowedMilliseconds(section));
    try {
      return bounded(prepared.iterate(...values) as Iterable<Cells>, CELL_BYTES);
    } finally {
      overstay.ended();
    }
  };
}

function bounded(rows: Iterable<Cells>, cellBytes: number): readonly Cells[] {
  const kept: Cells[] = [];
  let bytes = 0;
  for (const row of rows) {
    for (const name in row) bytes += cellBytes + sizeOf(row[name]);
    if (bytes > LARGEST_RESULT_BYTES) throw new SourceError(TOO_LARGE);
    kept.push(row);
  }
  return kept;
}

function sizeOf(cell: unknown): number {
  return typeof cell === "string" || cell instanceof Uint8Array ? cell.length : 0;
}
