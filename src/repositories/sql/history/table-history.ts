/**
 * Sums over a table that only grows, at a cost that does not grow with it. The rows lie in segments of consecutive ids,
 * each with its sums. What an orchestrator does by itself (append a row, finish one, take a finished one up again, prune
 * the oldest) shows in the list of unfinished rows, in the tail and in the lowest id: the segments that it touches are read
 * again at once. What somebody does to old rows by hand shows when their segment's turn comes in the rounds of
 * verification; `asOfMs` says how far these are.
 */
import { KEYS } from "../../../profiles/contract.ts";
import { type Cells, integerText } from "../columns.ts";
import { query, type StatementGenerator, type Value } from "../statements.ts";
import { Groups, LOWEST_ID, type Segment, Segments } from "./segments.ts";
import type { HistoryTable } from "./table.ts";

/** Rows in a segment: the longest reading takes three milliseconds, and there are few segments to keep. */
const SEGMENT_ROWS = 4096;

/** Rows at least in the tail, which is read again with every commit: what an orchestrator corrects is mostly new. */
const TAIL_ROWS = 64;

/** So long what was read is not verified again: a small table would be read all the time. */
const VERIFY_AGAIN_MILLISECONDS = 10_000;

/** With ids as dense as this a segment cannot have grown beyond what one reading may take. */
const DENSE_SPAN = BigInt(2 * SEGMENT_ROWS);

/** Which state of the database is being read, and since when it is known to stand. */
export interface DatabaseState {
  /** Changes with every commit that the reader notices, and never comes back. */
  readonly number: number;
  /** By the monotonic clock, taken before the state was. */
  readonly nowMs: number;
}

export class TableHistory {
  readonly #table: HistoryTable;
  readonly #groups: Groups;
  readonly #verifyAgainMs: number;
  readonly #segments = new Segments();
  /** Segments whose sums are no longer true, or not known yet. */
  readonly #stale = new Set<Segment>([this.#segments.tail]);
  /** Segments whose rows were pruned: their sums are those of a while ago. */
  readonly #pruned = new Set<Segment>();
  #unfinished: ReadonlySet<string> = new Set();
  #lowest = LOWEST_ID;
  #refreshed = -1;
  /** The next segment to verify starts behind this id. */
  #verifiedUpTo = this.#segments.tail.from;

  constructor(table: HistoryTable, verifyAgainMs = VERIFY_AGAIN_MILLISECONDS) {
    this.#table = table;
    this.#verifyAgainMs = verifyAgainMs;
    this.#groups = new Groups(table);
  }

  /** Whether every segment has been read: only then are the sums whole. */
  get isComplete(): boolean {
    return this.#stale.size === 0;
  }

  /**
   * Takes in what the orchestrator did since the last reading, within the milliseconds given; what remains is left to
   * `step`. Call it within the transaction that reads the unfinished rows.
   */
  *refresh(state: DatabaseState, budgetMs: number): StatementGenerator<void> {
    if (this.#refreshed !== state.number) {
      yield* this.#noteUnfinished();
      yield* this.#noteEnds();
      this.#stale.add(this.#segments.tail);
      this.#refreshed = state.number;
    }
    const end = performance.now() + budgetMs;
    while (this.#stale.size + this.#pruned.size > 0 && performance.now() < end) yield* this.step(state);
  }

  /**
   * Reads one segment: one whose sums are missing or of pruned rows, else the next of the round. Returns false if every
   * segment was read in this state of the database.
   */
  *step(state: DatabaseState): StatementGenerator<boolean> {
    const [due] = this.#stale.size > 0 ? this.#stale : this.#pruned;
    if (due) {
      yield* this.#read(due, due.from, state);
      return true;
    }
    const next = this.#nextToVerify(state);
    if (!next) return false;
    const [first, last] = this.#smallOnesAround(next);
    yield* this.#read(last, first.from, state);
    this.#verifiedUpTo = last.upTo + 1n;
    return true;
  }

  /** The sums over all history and over the unfinished rows, a row for each group. Call it once complete. */
  *totals(): StatementGenerator<readonly Cells[]> {
    const unfinished = this.#groups.sumsIn(yield* this.#query(this.#table.openSums));
    return this.#groups.rowsOf([...this.#segments.all.map(({ sums }) => sums), unfinished]);
  }

  /** Everything that was committed before is in the sums; by the monotonic clock. */
  asOfMs({ number, nowMs }: DatabaseState): number {
    let oldest = nowMs;
    const { all, tail } = this.#segments;
    for (const segment of all) {
      if (segment.state !== number && segment !== tail && segment.readAtMs < oldest)
        oldest = segment.readAtMs;
    }
    return oldest;
  }

  /** The share that has been read, 0 to 1, judged by the ids. */
  *progress(): StatementGenerator<number> {
    const { all, tail } = this.#segments;
    const highest = Number((yield* this.#endOf(this.#table.highestId)) ?? LOWEST_ID);
    const [first, read] = [Number(all[0]?.upTo), Number(tail.from)];
    if (all.length === 1 || highest <= first) return 0;
    const tailShare = this.#stale.has(tail) ? (read - first) / (highest - first) : 1;
    return Math.min(1, Math.max(0, tailShare)) * (1 - (this.#stale.size - 1) / all.length);
  }

  #query(sql: string, ...values: readonly Value[]): StatementGenerator<readonly Cells[]> {
    return query(this.#table.section, sql, ...values);
  }

  *#endOf(sql: string): StatementGenerator<bigint | null> {
    const [row = {}] = yield* this.#query(sql);
    return row.id === null ? null : BigInt(this.#idIn(row));
  }

  /** A row that became unfinished, or no longer is, is in another sum than before. */
  *#noteUnfinished(): StatementGenerator<void> {
    const now = new Set((yield* this.#query(this.#table.unfinishedIds)).map((row) => this.#idIn(row)));
    for (const id of [...now, ...this.#unfinished]) {
      if (!(now.has(id) && this.#unfinished.has(id))) this.#stale.add(this.#segments.of(BigInt(id)));
    }
    this.#unfinished = now;
  }

  /** Rows that were taken away at the top or pruned from the oldest on. */
  *#noteEnds(): StatementGenerator<void> {
    const highest = yield* this.#endOf(this.#table.highestId);
    if (highest !== null && highest < this.#segments.tail.from) {
      const above = this.#segments.all.slice(this.#segments.indexOf(highest));
      for (const segment of above) this.#stale.add(segment);
    }
    const lowest = (yield* this.#endOf(this.#table.lowestId)) ?? LOWEST_ID;
    const { all, tail } = this.#segments;
    if (lowest > this.#lowest) {
      const [from, upTo] = [this.#segments.indexOf(this.#lowest), this.#segments.indexOf(lowest - 1n)];
      for (const segment of all.slice(from, upTo + 1)) if (segment !== tail) this.#pruned.add(segment);
    }
    this.#lowest = lowest;
  }

  #nextToVerify({ number, nowMs }: DatabaseState): Segment | undefined {
    const { all, tail } = this.#segments;
    const start = this.#segments.indexOf(this.#verifiedUpTo);
    for (let offset = 0; offset < all.length; offset += 1) {
      const segment = all[(start + offset) % all.length] as Segment;
      if (segment === tail || segment.state === number) continue;
      if (segment.readAtMs <= nowMs - this.#verifyAgainMs) return segment;
    }
    return undefined;
  }

  /** Reads a segment, from an id that may lie in the segments before it: these then become part of it. */
  *#read(segment: Segment, from: bigint, { number, nowMs }: DatabaseState): StatementGenerator<void> {
    yield* this.#split(segment);
    const rows = yield* this.#query(this.#table.sums, from, segment.upTo);
    while (segment.from > from) this.#merge(this.#segments.of(from));
    Object.assign(segment, { sums: this.#groups.sumsIn(rows), readAtMs: nowMs, state: number });
    this.#stale.delete(segment);
    this.#pruned.delete(segment);
    if (rows.length > 0 || segment === this.#segments.tail) return;
    // Unfinished rows are in no sum, and yet the next reading would have to split them off again.
    const isEmpty = (yield* this.#query(this.#table.idAfter, segment.from, segment.upTo, 0)).length === 0;
    if (isEmpty) this.#merge(segment);
  }

  #merge(segment: Segment): void {
    this.#segments.mergeIntoNext(segment);
    this.#stale.delete(segment);
    this.#pruned.delete(segment);
  }

  /** The first and the last of the small segments, split off the tail a few rows at a time, that become one with this one. */
  #smallOnesAround(segment: Segment): [Segment, Segment] {
    const { all, tail } = this.#segments;
    const index = this.#segments.indexOf(segment.from);
    const fits = (from: Segment | undefined, upTo: Segment | undefined) =>
      from && upTo && upTo !== tail && upTo.upTo - from.from < SEGMENT_ROWS;
    let [first, last] = [index, index];
    while (fits(all[first - 1], all[last])) first -= 1;
    while (fits(all[first], all[last + 1])) last += 1;
    return [all[first] as Segment, all[last] as Segment];
  }

  /** So that no segment holds more rows than one short reading takes. */
  *#split(segment: Segment): StatementGenerator<void> {
    if (segment.upTo - segment.from < DENSE_SPAN) return;
    const isTail = segment === this.#segments.tail;
    for (const rows of isTail ? [SEGMENT_ROWS, TAIL_ROWS] : [SEGMENT_ROWS]) {
      // The tail keeps its newest rows.
      const beyond = isTail ? rows + TAIL_ROWS : rows;
      if ((yield* this.#query(this.#table.idAfter, segment.from, segment.upTo, beyond)).length === 0)
        continue;
      const [last] = yield* this.#query(this.#table.idAfter, segment.from, segment.upTo, rows - 1);
      if (!last) continue;
      this.#stale.add(this.#segments.split(segment, BigInt(this.#idIn(last))));
      return;
    }
  }

  /** A key of another type could not be told apart by ranges. */
  #idIn(row: Cells): string {
    return integerText(row, "id", KEYS[this.#table.section]);
  }
}
