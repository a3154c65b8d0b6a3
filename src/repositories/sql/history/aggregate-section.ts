/**
 * A section that aggregates the whole history itself, since the source has no increasing key for reading it in
 * batches. While that is fast, every reading does it. Once it is slow, it runs for a small share of the time, and the
 * last result is reported with its date.
 */
import type { SectionName } from "../../../profiles/contract.ts";
import { SourceError, STILL_READING } from "../../source-failure.ts";
import type { Cells } from "../columns.ts";
import { query, type StatementGenerator } from "../statements.ts";

/** Up to this duration, each reading runs it. */
const QUICK_MILLISECONDS = 10;

/** The maximum share of the time for each such section. */
const SHARE = 0.05;

/** The state of the database that is read, and since when it has held. */
export interface DatabaseState {
  /** Increases with every commit that the reader notices. */
  readonly number: number;
  /** Taken from the monotonic clock before the state. */
  readonly nowMs: number;
}

export interface Dated {
  readonly rows: readonly Cells[];
  /** Everything committed before this time is in the rows. */
  readonly asOfMs: number;
}

export class AggregateSection {
  readonly #section: SectionName;
  readonly #sql: string;
  #last: { rows: readonly Cells[]; state: number; readAtMs: number } | undefined;
  #tookMs = 0;
  /** In milliseconds of the monotonic clock. */
  #dueAt = 0;
  /** The error of the last reading in the background. */
  #failure: unknown;

  constructor(section: SectionName, sql: string) {
    this.#section = section;
    this.#sql = sql;
  }

  get isComplete(): boolean {
    return this.#last !== undefined;
  }

  *read(state: DatabaseState): StatementGenerator<Dated> {
    if (this.#last?.state !== state.number && this.#isQuick) yield* this.#read(state);
    if (!this.#last) {
      if (this.#failure !== undefined) throw this.#failure;
      throw new SourceError({
        code: "unavailable",
        message: `the history ${STILL_READING}, in one query: the profile has no key for it`,
        progress: 0,
      });
    }
    const { rows, state: read, readAtMs } = this.#last;
    return { rows, asOfMs: read === state.number ? state.nowMs : readAtMs };
  }

  /** Reads it again if it is due. Returns false if it is not. */
  *step(state: DatabaseState): StatementGenerator<boolean> {
    if (this.#isQuick || this.#last?.state === state.number || performance.now() < this.#dueAt) return false;
    try {
      yield* this.#read(state);
      this.#failure = undefined;
    } catch (error) {
      this.#failure = error;
      throw error;
    }
    return true;
  }

  get #isQuick(): boolean {
    return this.#tookMs <= QUICK_MILLISECONDS;
  }

  *#read({ number, nowMs }: DatabaseState): StatementGenerator<void> {
    const began = performance.now();
    try {
      const rows = yield* query(this.#section, this.#sql);
      this.#last = { rows, state: number, readAtMs: nowMs };
    } finally {
      this.#tookMs = performance.now() - began;
      this.#dueAt = performance.now() + this.#tookMs / SHARE;
    }
  }
}
