/**
 * A section that sums up all history by itself, since the source has no increasing key to read it in pieces. While
 * that is quick it is done with every reading. Once it is not, it is done on a rhythm of its own that leaves the
 * database at rest most of the time, and what was read last is told with its date.
 */
import type { SectionName } from "../../../profiles/contract.ts";
import { SourceError } from "../../fault.ts";
import { type Asking, ask } from "../asking.ts";
import type { Cells } from "../columns.ts";
import type { Moment } from "./table-history.ts";

/** As long as it takes no longer, a reading does it itself. */
const QUICK_MILLISECONDS = 10;

/** Of the time, for each such section. */
const SHARE = 0.05;

export interface Dated {
  readonly rows: readonly Cells[];
  /** Everything that was committed before is in the rows. */
  readonly asOfMs: number;
}

interface Read {
  readonly rows: readonly Cells[];
  readonly state: number;
  readonly readAtMs: number;
}

export class WholeSection {
  readonly #section: SectionName;
  readonly #sql: string;
  #last: Read | undefined;
  #tookMs = 0;
  /** By the monotonic clock. */
  #dueAt = 0;
  #revision = 0;
  /** Why it could not be read in the background. */
  #failure: unknown;

  constructor(section: SectionName, sql: string) {
    this.#section = section;
    this.#sql = sql;
  }

  /** Rises whenever there are other rows. */
  get revision(): number {
    return this.#revision;
  }

  get isComplete(): boolean {
    return this.#last !== undefined;
  }

  *read(moment: Moment): Asking<Dated> {
    if (this.#last?.state !== moment.state && this.#isQuick) yield* this.#read(moment);
    if (!this.#last) {
      if (this.#failure !== undefined) throw this.#failure;
      throw new SourceError({
        code: "unavailable",
        message: "the history is still being read, all of it at once: the profile names no key for it",
        progress: 0,
      });
    }
    return { rows: this.#last.rows, asOfMs: this.asOfMs(moment) };
  }

  /** By the monotonic clock. */
  asOfMs({ state, nowMs }: Moment): number {
    if (!this.#last) return Number.NEGATIVE_INFINITY;
    return this.#last.state === state ? nowMs : this.#last.readAtMs;
  }

  /** Reads it again where it is due; false where it is not. */
  *step(moment: Moment): Asking<boolean> {
    if (this.#isQuick || this.#last?.state === moment.state || performance.now() < this.#dueAt) return false;
    try {
      yield* this.#read(moment);
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

  *#read({ state, nowMs }: Moment): Asking<void> {
    const began = performance.now();
    try {
      const rows = yield* ask(this.#section, this.#sql);
      this.#last = { rows, state, readAtMs: nowMs };
      this.#revision += 1;
    } finally {
      this.#tookMs = performance.now() - began;
      this.#dueAt = performance.now() + this.#tookMs / SHARE;
    }
  }
}
