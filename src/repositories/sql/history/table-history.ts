/**
 * Totals over a table that only grows, at a cost that does not grow with it. The rows lie in segments of consecutive IDs, each
 * with its totals. What an orchestrator itself does (append a row, finish one, resume a finished one, prune the oldest) shows
 * in the unfinished rows, in the tail and in the lowest ID. The affected segments are read again at once. A manual change of
 * old rows shows when their segment is verified in turn. `asOfMs` reports how far verification is.
 */
import { isDeepStrictEqual } from "node:util";
import { KEYS } from "../../../profiles/contract.ts";
import { SourceError, STILL_READING } from "../../source-failure.ts";
import { type Cells, integerText, keyText } from "../columns.ts";
import { query, type StatementGenerator } from "../statements.ts";
import type { DatabaseState, Dated } from "./aggregate-section.ts";
import type { Id } from "./keys.ts";
import { addUp, type GroupSums, rowsOf, type Segment, Segments, sumsReader } from "./segments.ts";
import type { HistorySection, HistoryTable, Ranged } from "./table.ts";

/** Rows in a segment. The longest reading takes three milliseconds, and there are few segments. */
const SEGMENT_ROWS = 4096;

/** Minimum rows in the tail, which is read again after every commit, since most corrections affect recent rows. */
const TAIL_ROWS = 64;

/** The minimum time before a segment is verified again. Otherwise a small table would be read all the time. */
const VERIFY_AGAIN_MILLISECONDS = 10_000;

/** In a segment with so small a span of IDs, the rows cannot exceed what one reading may take. */
const DENSE_SPAN = BigInt(2 * SEGMENT_ROWS);

const NOUNS: Readonly<Record<HistorySection, string>> = {
  jobs: "jobs",
  job_history: "jobs",
  run_history: "runs",
};

/** Totals over all rows, and over the unfinished ones, a row for each group. */
export interface Totals extends Dated {
  readonly open: readonly Cells[];
}

export class TableHistory {
  readonly #table: HistoryTable;
  readonly #verifyAgainMs: number;
  readonly #sumsIn: (rows: readonly Cells[]) => readonly GroupSums[];
  readonly #segments = new Segments();
  /** The totals of all segments but the tail, until one of them changes: of ten million rows there are 2,400 segments. */
  #settled: readonly GroupSums[] | undefined;
  /** Segments whose totals are outdated or unknown. */
  readonly #stale = new Set<Segment>([this.#segments.tail]);
  /** Segments whose rows were pruned. Their totals are still valid for an earlier time. */
  readonly #pruned = new Set<Segment>();
  #unfinished: ReadonlySet<unknown> = new Set();
  #lowest: Id | undefined;
  #refreshed = -1;

  constructor(table: HistoryTable, verifyAgainMs = VERIFY_AGAIN_MILLISECONDS) {
    this.#table = table;
    this.#verifyAgainMs = verifyAgainMs;
    this.#sumsIn = sumsReader(table);
  }

  /** Whether every segment has been read, so that the totals are complete. */
  get isComplete(): boolean {
    return this.#stale.size === 0;
  }

  /**
   * Reads what the orchestrator changed since the last reading, within `budgetMs`. `step` does the rest. Throws an
   * `unavailable` SourceError with the progress until the totals are complete.
   */
  *read(state: DatabaseState, budgetMs: number): StatementGenerator<Totals> {
    const { all } = this.#segments;
    const open = yield* this.#query(this.#table.openSums);
    if (this.#refreshed !== state.number) {
      this.#noteUnfinished(open);
      yield* this.#noteEnds();
      this.#stale.add(this.#segments.tail);
      this.#refreshed = state.number;
    }
    const end = performance.now() + budgetMs;
    while (this.#stale.size + this.#pruned.size > 0 && performance.now() < end) yield* this.step(state);
    if (!this.isComplete) throw yield* this.#incomplete();
    this.#settled ??= addUp(all.slice(0, -1).map(({ sums }) => sums));
    const sums = addUp([this.#settled, this.#segments.tail.sums, this.#sumsIn(open)]);
    const earlier = all.filter((segment) => segment.state !== state.number);
    const asOfMs = earlier.reduce((oldest, { readAtMs }) => Math.min(oldest, readAtMs), state.nowMs);
    return { rows: rowsOf(this.#table, sums), open, asOfMs };
  }

  /**
   * Reads one segment: one whose totals are missing or outdated, otherwise the next to verify. Returns false if every
   * segment was read in this state of the database.
   */
  *step(state: DatabaseState): StatementGenerator<boolean> {
    const [due] = this.#stale.size > 0 ? this.#stale : this.#pruned;
    if (due) {
      yield* this.#read(due, state);
      return true;
    }
    const next = this.#nextToVerify(state);
    if (!next) return false;
    yield* this.#read(next, state);
    // Small segments were split off the tail a few rows at a time, and no longer change often.
    const previous = this.#segments.before(next);
    if (previous && previous.rows + next.rows <= SEGMENT_ROWS) this.#merge(previous);
    return true;
  }

  /** Estimates from the IDs which share has been read. */
  *#incomplete(): StatementGenerator<SourceError> {
    const { all, tail } = this.#segments;
    const highest = Number(yield* this.#endOf(this.#table.highestId));
    const [first, read] = [Number(all[0]?.upTo), Number(tail.after)];
    const tailShare = this.#stale.has(tail) ? (read - first) / (highest - first) : 1;
    // Texts are not numbers, so the progress of the tail is unknown.
    const share = highest > first ? Math.min(1, Math.max(0, tailShare)) : 0;
    const progress = share * (1 - (this.#stale.size - 1) / all.length);
    const noun = NOUNS[this.#table.section];
    const message = `the history of ${noun} ${STILL_READING}: ${percentOf(progress)} % so far`;
    return new SourceError({ code: "unavailable", message, progress });
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
    // PostgreSQL's client has already parsed them.
    const idsIn = ({ ids }: Cells) => (typeof ids === "string" ? JSON.parse(ids) : ids);
    const now = new Set<unknown>(open.flatMap(idsIn));
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

  /** Returns the segment that was read longest ago, if that is long enough and it may have changed since. */
  #nextToVerify({ number, nowMs }: DatabaseState): Segment | undefined {
    let [next, latest]: [Segment | undefined, number] = [undefined, nowMs - this.#verifyAgainMs];
    for (const segment of this.#segments.all)
      if (segment.state !== number && segment.readAtMs <= latest)
        [next, latest] = [segment, segment.readAtMs];
    return next;
  }

  *#read(segment: Segment, { number, nowMs }: DatabaseState): StatementGenerator<void> {
    yield* this.#split(segment);
    const rows = yield* this.#queryRange(this.#table.sums(segment));
    const sums = this.#sumsIn(rows);
    const isTail = segment === this.#segments.tail;
    if (!isTail && !isDeepStrictEqual(sums, segment.sums)) this.#settled = undefined;
    Object.assign(segment, { sums, readAtMs: nowMs, state: number });
    this.#stale.delete(segment);
    this.#pruned.delete(segment);
    if (rows.length > 0 || isTail) return;
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
    this.#settled = undefined;
    this.#stale.delete(segment);
    this.#pruned.delete(segment);
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
      this.#settled = undefined;
      return;
    }
  }

  /** Throws for a key of another type, which cannot be compared with a range. */
  #idOf(id: unknown): Id {
    const key = KEYS[this.#table.section];
    return this.#table.key.isText ? keyText({ id }, "id", key) : BigInt(integerText({ id }, "id", key));
  }
}

/** Returns 1 to 99, since the reading has begun and is not complete. */
export function percentOf(progress: number): number {
  return Math.min(99, Math.max(1, Math.floor(progress * 100)));
}
