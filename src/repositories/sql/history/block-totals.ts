/**
 * The total over the closed segments, kept for blocks of them: when one changes, as with every run that ends, a block is
 * added up anew and not the whole history.
 */
import { unpack } from "./packed.ts";
import type { Segment, Segments } from "./segments.ts";
import type { Groups, Sums } from "./sums.ts";

const SEGMENTS_A_BLOCK = 64;

export class BlockTotals {
  readonly #segments: Segments;
  readonly #groups: Groups;
  readonly #blocks: (Sums | undefined)[] = [];

  constructor(segments: Segments, groups: Groups) {
    this.#segments = segments;
    this.#groups = groups;
  }

  /** To be called when a closed segment has other sums. */
  noteChange({ from }: Segment): void {
    this.#blocks[this.#blockOf(from)] = undefined;
  }

  /** To be called when there is another number of segments from this id on. */
  noteShift(from: bigint): void {
    this.#blocks.length = Math.min(this.#blocks.length, this.#blockOf(from));
  }

  /** One for each block; together they are the sums of all segments but the tail. */
  all(): readonly Sums[] {
    const { all } = this.#segments;
    const closed = all.length - 1;
    return Array.from({ length: Math.ceil(closed / SEGMENTS_A_BLOCK) }, (_, block) => {
      const start = block * SEGMENTS_A_BLOCK;
      const segments = all.slice(start, Math.min(start + SEGMENTS_A_BLOCK, closed));
      this.#blocks[block] ??= this.#groups.add(segments.map(({ sums }) => unpack(sums)));
      return this.#blocks[block];
    });
  }

  #blockOf(id: bigint): number {
    return Math.floor(this.#segments.indexOf(id) / SEGMENTS_A_BLOCK);
  }
}
