/**
 * Totals over a table that only grows, at a cost that does not grow with it. The rows lie in segments of consecutive IDs, each
 * with its totals. What an orchestrator itself does (append a row, finish one, resume a finished one, prune the oldest) shows
 * in the unfinished rows, in the tail and in the lowest ID. The affected segments are read again at once. A manual change of
 * old rows shows when their segment is verified in turn. `asOfMs` reports how far verification is.
 */
import { KEYS } from "../../../profiles/contract.ts";
import { type Cells, integerText, keyText } from "../columns.ts";
import { query, type StatementGenerator } from "../statements.ts";
import type { Id } from "./keys.ts";
import { Groups, type Segment, Segments } from "./segments.ts";
import type { HistoryTable, Ranged } from "./table.ts";

/** Rows in a segment. The longest reading takes three milliseconds, and there are few segments. */
const SEGMENT_ROWS = 4096;

/** Minimum rows in the tail, which is read again after every commit, since most corrections affect recent rows. */
const TAIL_ROWS = 64;

/** The minimum time before a segment is verified again. Otherwise a small table would be read all the time. */
const VERIFY_AGAIN_MILLISECONDS = 10_000;

/** In a segment with so small a span of IDs, the rows cannot exceed what one reading may take. */
const DENSE_SPAN = BigInt(2 * SEGMENT_ROWS);

/** The state of the database that is read, and since when it has held. */
export interface DatabaseState {
  /** Changes with every commit that the reader notices, and never repeats. */
  readonly number: number;
  /** Taken from the monotonic clock before the state. */
  readonly nowMs: number;
}

export interface Totals {
  readonly rows: readonly Cells[];
  readonly open: readonly Cells[];
}

export class TableHistory {
  readonly #table: HistoryTable;
  readonly #groups: Groups;
  readonly #verifyAgainMs: number;
  readonly #segments = new Segments();
  /** Segments whose totals are outdated or unknown. */
  readonly #stale = new Set<Segment>([this.#segments.tail]);
  /** Segments whose rows were pruned. Their totals are still valid for an earlier time. */
  readonly #pruned = new Set<Segment>();
  #unfinished: ReadonlySet<unknown> = new Set();
  #lowest: Id | undefined;
  #refreshed = -1;
  /** The next segment to verify begins after this ID. */
  #verifiedUpTo: Id | undefined;

  constructor(table: HistoryTable, verifyAgainMs = VERIFY_AGAIN_MILLISECONDS) {
    this.#table = table;
    this.#verifyAgainMs = verifyAgainMs;
    this.#groups = new Groups(table);
  }

  /** Whether every segment has been read, so that the totals are complete. */
  get isComplete(): boolean {
    return this.#stale.size === 0;
  }

  /**
   * Reads what the orchestrator changed since the last reading, within `budgetMs`. `step` does the rest. Returns the
   * totals over the unfinished rows by group, if it had to read them.
   */
  *refresh(state: DatabaseState, budgetMs: number): StatementGenerator<readonly Cells[] | undefined> {
    let open: readonly Cells[] | undefined;
    if (this.#refreshed !== state.number) {
      open = yield* this.#query(this.#table.openRows);
      this.#noteUnfinished(open);
      yield* this.#noteEnds();
      this.#stale.add(this.#segments.tail);
      this.#refreshed = state.number;
    }
    const end = performance.now() + budgetMs;
    while (this.#stale.size + this.#pruned.size > 0 && performance.now() < end) yield* this.step(state);
    return open;
  }

  /**
   * Reads one segment: one whose totals are missing or outdated, otherwise the next to verify. Returns false if every
   * segment was read in this state of the database.
   */
  *step(state: DatabaseState): StatementGenerator<boolean> {
    const [due] = this.#stale.size > 0 ? this.#stale : this.#pruned;
    if (due) {
      yield* this.#read(due, due, state);
      return true;
    }
    const next = this.#nextToVerify(state);
    if (!next) return false;
    const [first, last] = this.#smallOnesAround(next);
    yield* this.#read(last, first, state);
    this.#verifiedUpTo = last.upTo;
    return true;
  }

  /**
   * Returns the totals over all rows and over unfinished rows, a row for each group. Call it once complete, with the
   * result of `refresh`.
   */
  *totals(known: readonly Cells[] | undefined): StatementGenerator<Totals> {
    const open = known ?? (yield* this.#query(this.#table.openSums));
    const sums = [...this.#segments.all.map((segment) => segment.sums), this.#groups.sumsIn(open)];
    return { rows: this.#groups.rowsOf(sums), open };
  }

  /** Returns the time on the monotonic clock before which every commit is in the totals. */
  asOfMs({ number, nowMs }: DatabaseState): number {
    let oldest = nowMs;
    const { all, tail } = this.#segments;
    for (const segment of all) {
      if (segment.state !== number && segment !== tail && segment.readAtMs < oldest)
        oldest = segment.readAtMs;
    }
    return oldest;
  }

  /** Returns the share that has been read, 0 to 1, estimated from the IDs. */
  *progress(): StatementGenerator<number> {
    const { all, tail } = this.#segments;
    const highest = Number(yield* this.#endOf(this.#table.highestId));
    const [first, read] = [Number(all[0]?.upTo), Number(tail.after)];
    // Texts are not numbers, so the progress of the tail is unknown.
    if (!(highest > first)) return 0;
    const tailShare = this.#stale.has(tail) ? (read - first) / (highest - first) : 1;
    return Math.min(1, Math.max(0, tailShare)) * (1 - (this.#stale.size - 1) / all.length);
  }

  #query(sql: string): StatementGenerator<readonly Cells[]> {
    return query(this.#table.section, sql);
  }

  #queryRange({ sql, values }: Ranged): StatementGenerator<readonly Cells[]> {
    return query(this.#table.section, sql, ...values);
  }

  *#endOf(sql: string): StatementGenerator<Id | undefined> {
    const [row = {}] = yield* this.#query(sql);
    return row.id === undefined || row.id === null ? undefined : this.#idOf(row.id);
  }

  /** Marks segments with a row that became unfinished, or no longer is: it moves to another total. */
  #noteUnfinished(open: readonly Cells[]): void {
    const now = new Set<unknown>();
    for (const { ids } of open) {
      // PostgreSQL's client has already parsed them.
      for (const id of typeof ids === "string" ? JSON.parse(ids) : ids) now.add(id);
    }
    for (const id of [...now, ...this.#unfinished]) {
      if (!(now.has(id) && this.#unfinished.has(id))) this.#stale.add(this.#segments.of(this.#idOf(id)));
    }
    this.#unfinished = now;
  }

  /** Notes rows that were removed at the top, or pruned from the oldest on. */
  *#noteEnds(): StatementGenerator<void> {
    const highest = yield* this.#endOf(this.#table.highestId);
    const { all, tail } = this.#segments;
    if (highest !== undefined && tail.after !== undefined && highest <= tail.after) {
      for (const segment of all.slice(this.#segments.indexOf(highest))) this.#stale.add(segment);
    }
    const lowest = yield* this.#endOf(this.#table.lowestId);
    if (lowest !== undefined && (this.#lowest === undefined || lowest > this.#lowest)) {
      const from = this.#lowest === undefined ? 0 : this.#segments.indexOf(this.#lowest);
      const pruned = all.slice(from, this.#segments.indexOf(lowest) + 1);
      for (const segment of pruned) if (segment !== tail) this.#pruned.add(segment);
    }
    this.#lowest = lowest;
  }

  #nextToVerify({ number, nowMs }: DatabaseState): Segment | undefined {
    const { all, tail } = this.#segments;
    const start = this.#verifiedUpTo === undefined ? 0 : this.#segments.indexOf(this.#verifiedUpTo) + 1;
    for (let offset = 0; offset < all.length; offset += 1) {
      const segment = all[(start + offset) % all.length] as Segment;
      if (segment === tail || segment.state === number) continue;
      if (segment.readAtMs <= nowMs - this.#verifyAgainMs) return segment;
    }
    return undefined;
  }

  /** Reads a segment together with the previous ones from `first` on, and merges them into it. */
  *#read(segment: Segment, first: Segment, { number, nowMs }: DatabaseState): StatementGenerator<void> {
    yield* this.#split(segment);
    const { all } = this.#segments;
    const rows = yield* this.#queryRange(this.#table.sums({ after: first.after, upTo: segment.upTo }));
    for (const before of all.slice(all.indexOf(first), all.indexOf(segment))) this.#merge(before);
    Object.assign(segment, { sums: this.#groups.sumsIn(rows), readAtMs: nowMs, state: number });
    this.#stale.delete(segment);
    this.#pruned.delete(segment);
    if (rows.length > 0 || segment === this.#segments.tail) return;
    // Unfinished rows are in no total, but if the segment were merged, the next reading would split them off again.
    if ((yield* this.#rowAt(segment, 0)) !== undefined) return;
    segment.rows = 0;
    this.#merge(segment);
  }

  /** Returns the ID of the row that is `rows` rows after the segment's first. */
  *#rowAt(segment: Segment, rows: number): StatementGenerator<Id | undefined> {
    const [row] = yield* this.#queryRange(this.#table.idAfter(segment, rows));
    return row && this.#idOf(row.id);
  }

  #merge(segment: Segment): void {
    this.#segments.mergeIntoNext(segment);
    this.#stale.delete(segment);
    this.#pruned.delete(segment);
  }

  /**
   * Returns the first and last of the adjacent small segments that can be merged with this one. They were split off
   * the tail a few rows at a time.
   */
  #smallOnesAround(segment: Segment): [Segment, Segment] {
    const { all } = this.#segments;
    const index = all.indexOf(segment);
    let [first, last, { rows }] = [index, index, segment];
    const fits = (place: number) => rows + (all[place]?.rows ?? Number.POSITIVE_INFINITY) <= SEGMENT_ROWS;
    while (fits(first - 1)) rows += all[--first]?.rows ?? 0;
    while (fits(last + 1)) rows += all[++last]?.rows ?? 0;
    return [all[first] as Segment, all[last] as Segment];
  }

  /** Splits a segment that holds more rows than one short reading takes. */
  *#split(segment: Segment): StatementGenerator<void> {
    const { after, upTo } = segment;
    if (typeof after === "bigint" && typeof upTo === "bigint" && upTo - after <= DENSE_SPAN) return;
    const isTail = segment === this.#segments.tail;
    for (const rows of isTail ? [SEGMENT_ROWS, TAIL_ROWS] : [SEGMENT_ROWS]) {
      // The tail keeps its newest rows.
      if ((yield* this.#rowAt(segment, isTail ? rows + TAIL_ROWS : rows)) === undefined) continue;
      const last = yield* this.#rowAt(segment, rows - 1);
      if (last === undefined) continue;
      this.#stale.add(this.#segments.split(segment, last, rows));
      return;
    }
  }

  /** Throws for a key of another type, which cannot be compared with a range. */
  #idOf(id: unknown): Id {
    const key = KEYS[this.#table.section];
    return this.#table.key.isText ? keyText({ id }, "id", key) : BigInt(integerText({ id }, "id", key));
  }
}
