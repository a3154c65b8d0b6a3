/**
 * The range of all possible ids, cut into segments without a gap. The first one has no beginning, and the last one, the tail, no
 * end. Each segment has its sums by group as one list of numbers.
 */
import type { Cells } from "../columns.ts";
import type { Id, IdRange } from "./keys.ts";
import type { HistoryTable } from "./table.ts";

export interface Segment extends IdRange {
  /** How many rows it had at most when it was cut. */
  rows: number;
  sums: Sums;
  /** By the monotonic clock: the sums hold everything that was committed before. */
  readAtMs: number;
  /** The state of the database that was read; see `DatabaseState`. */
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

  /** From the end: most of what changes is new. */
  indexOf(id: Id): number {
    return this.#all.findLastIndex(({ after }) => after === undefined || after < id);
  }

  /** Ends the segment at this id, behind so many rows; gives the new one behind it, which is not read yet. */
  split(segment: Segment, upTo: Id, rows: number): Segment {
    const rest = unread(upTo, segment.upTo, segment.rows);
    Object.assign(segment, { upTo, rows });
    this.#all.splice(this.#all.lastIndexOf(segment) + 1, 0, rest);
    return rest;
  }

  /** Gives a segment's range to the one behind it. The tail stays. */
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

/** For each group its index and its numbers, one after the other; NaN stands for NULL. */
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

  /** The sums of the sums, a row for each group that has any, in the form in which the rows were given. */
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
          // Unknown plus known is known.
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
