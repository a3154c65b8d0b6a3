/**
 * The range of all possible IDs, divided into segments without gaps. The first has no lower bound, and the last, the
 * tail, no upper bound. Each segment has its totals by group.
 */
import type { Cells } from "../columns.ts";
import type { Id, IdRange } from "./keys.ts";
import type { HistoryTable } from "./table.ts";

export interface Segment extends IdRange {
  /** The maximum number of rows when the segment was cut. */
  rows: number;
  sums: Sums;
  /** In milliseconds of the monotonic clock. The totals include everything committed before. */
  readAtMs: number;
  /** The state of the database when it was read. See `DatabaseState`. */
  state: number;
}

export class Segments {
  readonly #all: Segment[] = [unread(undefined, undefined, Number.POSITIVE_INFINITY)];

  get all(): readonly Segment[] {
    return this.#all;
  }

  get tail(): Segment {
    return this.#all[this.#all.length - 1] as Segment;
  }

  of(id: Id): Segment {
    return this.#all[this.indexOf(id)] as Segment;
  }

  /** Searches from the end, since most changes are recent. */
  indexOf(id: Id): number {
    return this.#all.findLastIndex(({ after }) => after === undefined || after < id);
  }

  /** Ends the segment at this ID, after `rows` rows. Returns the new segment after it, which has not been read. */
  split(segment: Segment, upTo: Id, rows: number): Segment {
    const rest = unread(upTo, segment.upTo, segment.rows);
    Object.assign(segment, { upTo, rows });
    this.#all.splice(this.#all.lastIndexOf(segment) + 1, 0, rest);
    return rest;
  }

  /** Adds a segment's range to the next one. Does nothing for the tail. */
  mergeIntoNext(segment: Segment): void {
    const index = this.#all.lastIndexOf(segment);
    const next = this.#all[index + 1];
    if (!next) return;
    next.after = segment.after;
    next.rows += segment.rows;
    this.#all.splice(index, 1);
  }
}

function unread(after: Id | undefined, upTo: Id | undefined, rows: number): Segment {
  return { after, upTo, rows, sums: [], readAtMs: Number.NEGATIVE_INFINITY, state: -1 };
}

/** The totals of one group. */
interface Group {
  /** Its labels as one text. */
  readonly name: string;
  /** The first row of the group, which has its labels. */
  readonly row: Cells;
  /** In the order of the table's `numbers`. NaN stands for NULL. */
  readonly numbers: number[];
}

export type Sums = readonly Group[];

export function sumsIn(rows: readonly Cells[], { labels, numbers }: HistoryTable): Sums {
  return rows.map((row) => ({
    name: JSON.stringify(labels.map((column) => row[column])),
    row,
    numbers: numbers.map((column) => (row[column] === null ? Number.NaN : Number(row[column]))),
  }));
}

/** Adds the totals up. Returns a row for each group. */
export function rowsOf(parts: readonly Sums[], { numbers: columns }: HistoryTable): readonly Cells[] {
  const totals = new Map<string, Group>();
  for (const sums of parts) {
    for (const group of sums) {
      const total = totals.get(group.name);
      if (total) addTo(total.numbers, group.numbers);
      else totals.set(group.name, { ...group, numbers: [...group.numbers] });
    }
  }
  const value = (number = Number.NaN) => (Number.isNaN(number) ? null : number);
  return [...totals.values()].map(({ row, numbers }) => ({
    ...row,
    ...Object.fromEntries(columns.map((column, index) => [column, value(numbers[index])])),
  }));
}

/** The sum of an unknown and a known value is the known one. */
function addTo(totals: number[], terms: readonly number[]): void {
  terms.forEach((term, index) => {
    const total = totals[index] as number;
    if (!Number.isNaN(term)) totals[index] = Number.isNaN(total) ? term : total + term;
  });
}
