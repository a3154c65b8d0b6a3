/**
 * Sums over a table that only grows, at a cost that does not grow with it. The rows lie in segments of
 * consecutive ids, each with its sums. What an orchestrator does by itself (append a row, finish one, take a
 * finished one up again) shows in the list of open rows and in the tail, and only the segments it touches are
 * read again, at once. What somebody does to old rows by hand shows when their segment's turn comes, round
 * and round in the background; `asOfMs` says how far that is.
 */

import { KEYS } from "../../../profiles/contract.ts";
import { type Asking, ask, type Value } from "../asking.ts";
import { type Cells, integerText } from "../columns.ts";
import { BlockTotals } from "./block-totals.ts";
import { pack, unpack } from "./packed.ts";
import { type Segment, Segments } from "./segments.ts";
import { Groups } from "./sums.ts";
import type { HistoryTable } from "./table.ts";

/** Rows in a segment: the longest reading takes three milliseconds, and there are few segments to keep. */
const SEGMENT_ROWS = 4096;

/** Rows in the tail, which is read again with every commit. */
const TAIL_ROWS = 512;

/** With ids as dense as this a segment cannot have grown beyond what one reading may take. */
const DENSE_SPAN = BigInt(2 * SEGMENT_ROWS);

/** A segment under which pages are written all the time must not keep the others from their turn. */
const SUSPECT_AGAIN_MILLISECONDS = 2_000;

/** Which state of the database is being read, and since when it is known to stand. */
export interface Moment {
  /** Changes with every commit that the reader notices, and never comes back. */
  readonly state: number;
  /** By the monotonic clock, taken before the state was. */
  readonly nowMs: number;
}

export class TableHistory {
  readonly #table: HistoryTable;
  readonly #groups: Groups;
  readonly #segments = new Segments();
  readonly #closedTotals: BlockTotals;
  /** Segments whose sums are no longer true, or not known yet. */
  readonly #stale = new Set<Segment>([this.#segments.tail]);
  /** Closed segments in which a commit may have changed something. */
  readonly #suspects = new Set<Segment>();
  #open: ReadonlySet<string> = new Set();
  #refreshed = -1;
  #revision = 0;
  /** When the oldest of the segments that were not read in this state was read; until the next one is read. */
  #oldest: { readonly state: number; readonly readAtMs: number } | undefined;
  /** Where the background's round stands: the next segment to verify starts behind this id. */
  #verifiedUpTo = this.#segments.tail.from;

  constructor(table: HistoryTable) {
    this.#table = table;
    this.#groups = new Groups(table);
    this.#closedTotals = new BlockTotals(this.#segments, this.#groups);
  }

  get segmentCount(): number {
    return this.#segments.all.length;
  }

  /** Rises whenever the sums became others. */
  get revision(): number {
    return this.#revision;
  }

  /** How many segments a commit may have made untrue, and are to be verified now. */
  suspectCount({ nowMs }: Moment): number {
    return [...this.#suspects].filter((suspect) => isDue(suspect, nowMs)).length;
  }

  /** Whether every segment has been read: only then are the sums whole. */
  get isComplete(): boolean {
    return this.#stale.size === 0;
  }

  /**
   * Takes in what the orchestrator did since, within the milliseconds given; what remains is left to `step`.
   * To be called within the transaction that reads the open rows.
   */
  *refresh(moment: Moment, highestId: number | null, budgetMs: number): Asking<void> {
    if (this.#refreshed !== moment.state) {
      const open = new Set((yield* this.#ask(this.#table.openIds)).map((row) => this.#idIn(row)));
      for (const id of [...open, ...this.#open]) {
        if (!(open.has(id) && this.#open.has(id))) this.#stale.add(this.#segments.of(BigInt(id)));
      }
      if (highestId !== null) this.#distrustAbove(highestId);
      this.#stale.add(this.#segments.tail);
      this.#open = open;
      this.#refreshed = moment.state;
    }
    const end = performance.now() + budgetMs;
    while (this.#stale.size > 0 && performance.now() < end) yield* this.step(moment);
  }

  /** Something was written among these ids: their segments are verified before the others. */
  suspect(from: bigint, upTo: bigint): void {
    const { all, tail } = this.#segments;
    for (const segment of all.slice(this.#segments.indexOf(from), this.#segments.indexOf(upTo) + 1)) {
      if (segment !== tail) this.#suspects.add(segment);
    }
  }

  /**
   * Reads one segment: one whose sums are missing, else the next of the round. False when there is none that
   * has not been read in this state of the database.
   */
  *step(moment: Moment): Asking<boolean> {
    const [stale] = this.#stale;
    const segment = stale ?? this.#nextToVerify(moment);
    if (!segment) return false;
    yield* this.#read(segment, moment);
    return true;
  }

  /** The sums over all history and over the open rows, a row for each group; to be asked for once complete. */
  totals(open: readonly Cells[]): readonly Cells[] {
    return this.#groups.rowsOf([
      ...this.#closedTotals.all(),
      unpack(this.#segments.tail.sums),
      this.#groups.sumsIn(open),
    ]);
  }

  /** Everything that was committed before is in the sums; by the monotonic clock. */
  asOfMs({ state, nowMs }: Moment): number {
    if (this.#oldest?.state !== state) this.#oldest = { state, readAtMs: this.#oldestNotOf(state) };
    return Math.min(nowMs, this.#oldest.readAtMs);
  }

  #oldestNotOf(state: number): number {
    let oldest = Number.POSITIVE_INFINITY;
    const { all, tail } = this.#segments;
    for (const segment of all) {
      if (segment.state !== state && segment !== tail && segment.readAtMs < oldest) oldest = segment.readAtMs;
    }
    return oldest;
  }

  /** The share that has been read, 0 to 1, judged by the ids. */
  progress(highestId: number | null): number {
    const first = Number(this.#segments.all[0]?.upTo);
    const read = Number(this.#segments.tail.from);
    if (this.segmentCount === 1 || highestId === null || highestId <= first) return 0;
    const tail = this.#stale.has(this.#segments.tail) ? (read - first) / (highestId - first) : 1;
    return Math.min(1, Math.max(0, tail)) * (1 - (this.#stale.size - 1) / this.segmentCount);
  }

  #ask(sql: string, ...values: readonly Value[]): Asking<readonly Cells[]> {
    return ask(this.#table.section, sql, ...values);
  }

  #nextToVerify({ state, nowMs }: Moment): Segment | undefined {
    for (const suspect of this.#suspects) if (isDue(suspect, nowMs)) return suspect;
    const { all, tail } = this.#segments;
    const start = this.#segments.indexOf(this.#verifiedUpTo);
    for (let offset = 0; offset < all.length; offset += 1) {
      const segment = all[(start + offset) % all.length] as Segment;
      if (segment.state === state || segment === tail) continue;
      this.#verifiedUpTo = segment.upTo + 1n;
      return segment;
    }
    return undefined;
  }

  *#read(segment: Segment, { state, nowMs }: Moment): Asking<void> {
    yield* this.#cut(segment);
    const rows = yield* this.#ask(this.#table.sums, segment.from, segment.upTo);
    const sums = pack(this.#groups.sumsIn(rows));
    const isTail = segment === this.#segments.tail;
    if (sums !== segment.sums) {
      this.#revision += 1;
      if (!isTail) this.#closedTotals.noteChange(segment);
    }
    Object.assign(segment, { sums, readAtMs: nowMs, state });
    this.#oldest = undefined;
    this.#stale.delete(segment);
    this.#suspects.delete(segment);
    if (sums === "" && !isTail && (yield* this.#isEmpty(segment))) {
      this.#segments.dissolve(segment);
      this.#closedTotals.noteShift(segment.from);
    }
  }

  /** Open rows are in no sum, and yet the next reading would have to cut them off again. */
  *#isEmpty({ from, upTo }: Segment): Asking<boolean> {
    return (yield* this.#ask(this.#table.idAfter, from, upTo, 0)).length === 0;
  }

  /** So that no segment holds more rows than one short reading takes. */
  *#cut(segment: Segment): Asking<void> {
    if (segment.upTo - segment.from < DENSE_SPAN) return;
    const isTail = segment === this.#segments.tail;
    for (const rows of isTail ? [SEGMENT_ROWS, TAIL_ROWS] : [SEGMENT_ROWS]) {
      const [last] = yield* this.#ask(this.#table.idAfter, segment.from, segment.upTo, rows - 1);
      const upTo = last && BigInt(this.#idIn(last));
      if (upTo === undefined || upTo >= segment.upTo) continue;
      this.#stale.add(this.#segments.split(segment, upTo));
      this.#closedTotals.noteShift(segment.from);
      return;
    }
  }

  /** A key of another type could not be told apart by ranges. */
  #idIn(row: Cells): string {
    return integerText(row, "id", KEYS[this.#table.section]);
  }

  /** Rows were taken away at the top: what was above cannot be true any more. */
  #distrustAbove(highestId: number): void {
    if (highestId >= Number(this.#segments.tail.from)) return;
    for (const segment of this.#segments.all.slice(this.#segments.indexOf(BigInt(highestId))))
      this.#stale.add(segment);
  }
}

function isDue({ readAtMs }: Segment, nowMs: number): boolean {
  return readAtMs < nowMs - SUSPECT_AGAIN_MILLISECONDS;
}
