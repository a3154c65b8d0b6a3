/**
 * The range of all possible IDs, divided into segments without gaps. The first has no lower bound, and the last, the
 * tail, no upper bound. Each segment has its totals by group as one list of numbers.
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

const NO_SUMS: Sums = new Float64Array();

function unread(after: Id | undefined, upTo: Id | undefined, rows: number): Segment {
  return { after, upTo, rows, sums: NO_SUMS, readAtMs: Number.NEGATIVE_INFINITY, state: -1 };
}

/** For each group its index and its numbers. NaN stands for NULL. */
export type Sums = Float64Array;

export class Groups {
  readonly #table: HistoryTable;
  readonly #indexes = new Map<string, number>();
  readonly #labels: Cells[] = [];

  constructor(table: HistoryTable) {
    this.#table = table;
  }

  sumsIn(rows: readonly Cells[]): Sums {
    const { numbers } = this.#table;
    const sums: number[] = [];
    for (const row of rows) {
      sums.push(this.#indexOf(row));
      for (const column of numbers) sums.push(row[column] === null ? Number.NaN : Number(row[column]));
    }
    return Float64Array.from(sums);
  }

  /** Adds the totals up. Returns a row for each group that has any, in the form of the rows given. */
  rowsOf(parts: Iterable<Sums>): readonly Cells[] {
    const { numbers } = this.#table;
    const width = numbers.length;
    const totals = new Float64Array(this.#labels.length * width).fill(Number.NaN);
    const isThere = new Uint8Array(this.#labels.length);
    for (const sums of parts) {
      for (let start = 0; start < sums.length; start += width + 1) {
        const group = sums[start] as number;
        isThere[group] = 1;
        for (let offset = 0; offset < width; offset += 1) {
          const term = sums[start + 1 + offset] as number;
          if (Number.isNaN(term)) continue;
          const at = group * width + offset;
          const sum = totals[at] as number;
          // The sum of an unknown and a known value is the known one.
          totals[at] = Number.isNaN(sum) ? term : sum + term;
        }
      }
    }
    return this.#labels.flatMap((labels, group) => {
      if (isThere[group] === 0) return [];
      const row: Record<string, unknown> = { ...labels };
      numbers.forEach((column, offset) => {
        const value = totals[group * width + offset] as number;
        row[column] = Number.isNaN(value) ? null : value;
      });
      return [row];
    });
  }

  #indexOf(row: Cells): number {
    const labels = this.#table.labels.map((column) => row[column]);
    const key = JSON.stringify(labels);
    let index = this.#indexes.get(key);
    if (index === undefined) {
      index = this.#labels.length;
      this.#indexes.set(key, index);
      this.#labels.push(Object.fromEntries(this.#table.labels.map((column, at) => [column, labels[at]])));
    }
    return index;
  }
}
