/** The range of all possible ids, cut into segments without a gap. The last one, the tail, has no end. */
import type { Sums } from "./sums.ts";

/** INTEGER PRIMARY KEY: sqlite.org/rowidtable.html. */
export const LOWEST_ID = -(2n ** 63n);
const HIGHEST_ID = 2n ** 63n - 1n;

export interface Segment {
  from: bigint;
  /** Inclusive. */
  upTo: bigint;
  sums: Sums;
  /** By the monotonic clock: the sums hold everything that was committed before. */
  readAtMs: number;
  /** The state of the database that was read; see `DatabaseState`. */
  state: number;
}

export class Segments {
  readonly #all: Segment[] = [unread(LOWEST_ID, HIGHEST_ID)];

  get all(): readonly Segment[] {
    return this.#all;
  }

  get tail(): Segment {
    return this.#all[this.#all.length - 1] as Segment;
  }

  of(id: bigint): Segment {
    return this.#all[this.indexOf(id)] as Segment;
  }

  indexOf(id: bigint): number {
    let [low, high] = [0, this.#all.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#all[middle] as Segment).from <= id) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  /** Ends the segment at this id; gives the new one behind it, which is not read yet. */
  split(segment: Segment, upTo: bigint): Segment {
    const rest = unread(upTo + 1n, segment.upTo);
    segment.upTo = upTo;
    this.#all.splice(this.indexOf(segment.from) + 1, 0, rest);
    return rest;
  }

  /** Gives an empty segment's range to the one behind it. The tail stays. */
  mergeIntoNext(segment: Segment): void {
    const index = this.indexOf(segment.from);
    const next = this.#all[index + 1];
    if (!next) return;
    next.from = segment.from;
    this.#all.splice(index, 1);
  }
}

const NO_SUMS: Sums = new Float64Array();

function unread(from: bigint, upTo: bigint): Segment {
  return { from, upTo, sums: NO_SUMS, readAtMs: Number.NEGATIVE_INFINITY, state: -1 };
}
