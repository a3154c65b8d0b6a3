/**
 * The range of all possible IDs, divided into segments without gaps. The first has no lower bound, and the last, the
 * tail, no upper bound. Each segment has its totals by group.
 */
import { addKnown } from "../../merge-parts.ts";
import type { Cells } from "../columns.ts";
import type { Id, IdRange } from "./keys.ts";
import type { HistoryTable } from "./table.ts";

export interface Segment extends IdRange {
  /** The maximum number of rows when the segment was cut. */
  rows: number;
  sums: readonly GroupSums[];
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

  before(segment: Segment): Segment | undefined {
    return this.#all[this.#all.lastIndexOf(segment) - 1];
  }

  /** Ends the segment at this ID, after `rows` rows. Returns the new segment after it, which has not been read. */
  split(segment: Segment, upTo: Id, rows: number): Segment {
    const rest = unread(upTo, segment.upTo, segment.rows);
    Object.assign(segment, { upTo, rows });
    this.#all.splice(this.#all.lastIndexOf(segment) + 1, 0, rest);
    return rest;
  }

  /** Adds a segment to the next one. The tail has none. */
  mergeIntoNext(segment: Segment): void {
    const index = this.#all.lastIndexOf(segment);
    const next = this.#all[index + 1];
    if (!next) return;
    Object.assign(next, {
      after: segment.after,
      rows: segment.rows + next.rows,
      sums: [...segment.sums, ...next.sums],
      readAtMs: Math.min(segment.readAtMs, next.readAtMs),
      state: Math.min(segment.state, next.state),
    });
    this.#all.splice(index, 1);
  }
}

function unread(after: Id | undefined, upTo: Id | undefined, rows: number): Segment {
  return { after, upTo, rows, sums: [], readAtMs: Number.NEGATIVE_INFINITY, state: -1 };
}

/** The totals of one group. */
export interface GroupSums {
  /** The same object for the same group, since there may be thousands of segments. */
  readonly labels: Cells;
  /** In the table's order. */
  readonly numbers: readonly (number | null)[];
}

/** Returns a function that converts rows of totals. */
export function sumsReader({ labels, numbers }: HistoryTable) {
  const groups = new Map<string, Cells>();
  return (rows: readonly Cells[]): readonly GroupSums[] =>
    rows.map((row) => {
      const own = Object.fromEntries(labels.map((column) => [column, row[column]]));
      const key = JSON.stringify(own);
      const group = groups.get(key) ?? own;
      groups.set(key, group);
      return { labels: group, numbers: numbers.map((column) => row[column] as number | null) };
    });
}

/** Adds the totals up, by group. */
export function addUp(all: Iterable<readonly GroupSums[]>): readonly GroupSums[] {
  const totals = new Map<Cells, (number | null)[]>();
  for (const sums of all) {
    for (const { labels, numbers } of sums) {
      const total = totals.get(labels);
      if (!total) totals.set(labels, [...numbers]);
      else
        numbers.forEach((number, index) => {
          total[index] = addKnown(total[index] ?? null, number);
        });
    }
  }
  return [...totals].map(([labels, numbers]) => ({ labels, numbers }));
}

/** Returns the totals as rows. */
export function rowsOf(table: HistoryTable, sums: readonly GroupSums[]): readonly Cells[] {
  return sums.map(({ labels, numbers }) => ({
    ...labels,
    ...Object.fromEntries(table.numbers.map((column, index) => [column, numbers[index]])),
  }));
}
