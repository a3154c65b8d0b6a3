/** The history of a database's runs and jobs. It survives the connections that read it. */
import { wallOffset } from "../../../procfs/clock.ts";
import { KEYS, type SectionName } from "../../../profiles/contract.ts";
import { SourceError, type SourceFailure } from "../../source-failure.ts";
import type { Source } from "../source.ts";
import { query, type StatementGenerator } from "../statements.ts";
import { AggregateSection, type DatabaseState, type Dated } from "./aggregate-section.ts";
import { isGrowing, isRandom } from "./keys.ts";
import { type HistorySection, type HistoryTable, historyTable, INSTEAD } from "./table.ts";
import { TableHistory, type Totals } from "./table-history.ts";

/** Sections that aggregate the whole history themselves, and `jobs`, whose key may not be usable for history. */
const AGGREGATE_SECTIONS = ["queue_counts", "queue_retries", "cost", "jobs"] as const satisfies SectionName[];
export type AggregateSectionName = (typeof AGGREGATE_SECTIONS)[number];

export function isAggregateSection(name: SectionName): name is AggregateSectionName {
  return AGGREGATE_SECTIONS.some((known) => known === name);
}

/** The sections whose totals are kept. */
type Name = HistorySection | AggregateSectionName;

export interface HistoryOptions {
  readonly source: Source;
  /** The time that a reading spends on each section of history before it continues without. */
  readonly refreshMilliseconds: number;
  /** The minimum time before what was read is verified again. Default: 10 s. */
  readonly verifyAgainMilliseconds?: number | undefined;
}

export class History {
  readonly #options: HistoryOptions;
  readonly #kept = new Map<Name, TableHistory | AggregateSection>();
  #state = 0;
  #turn = 0;

  constructor(options: HistoryOptions) {
    this.#options = options;
  }

  /** Call it when a commit was or may have been noticed, and for each new connection. */
  noteChange(): void {
    this.#state += 1;
  }

  /** Whether all of it has been read once. */
  get isComplete(): boolean {
    return [...this.#kept.values()].every(({ isComplete }) => isComplete);
  }

  /**
   * Returns the totals over a section's rows, including unfinished ones, a row for each group. They include
   * everything that the orchestrator itself did up to this transaction.
   */
  *sums(name: HistorySection, nowMs: number): StatementGenerator<Totals> {
    const { source, refreshMilliseconds, verifyAgainMilliseconds } = this.#options;
    source.refuseResting(name);
    if (!this.isInPieces(name)) {
      const table = historyTable(source, name);
      if (!(yield* this.#isKeyed(table))) {
        const dated = yield* this.#whole("jobs", table.allSums, nowMs);
        return { ...dated, open: yield* query("jobs", table.openSums) };
      }
      this.#kept.set(name, new TableHistory(table, verifyAgainMilliseconds));
    }
    const history = this.#kept.get(name) as TableHistory;
    let totals: Totals;
    try {
      totals = yield* history.read(this.#stateAt(nowMs), refreshMilliseconds);
    } catch (error) {
      if (!this.#willPass(error)) this.#kept.delete(name);
      throw error;
    }
    if (totals.rows.some((row) => row.left_out !== 0))
      source.leftOut.add(
        `a column of ${name} holds a value that is not a number or is out of range: it is omitted from the totals`,
      );
    return { ...totals, asOfMs: wallTime(totals.asOfMs, nowMs) };
  }

  /** Returns the rows of a section that aggregates the whole history itself. */
  *aggregate(name: AggregateSectionName, nowMs: number): StatementGenerator<Dated> {
    const { source } = this.#options;
    return yield* this.#whole(name, `SELECT ${source.bounded(name)} FROM ${source.from(name)}`, nowMs);
  }

  *#whole(name: AggregateSectionName, sql: string, nowMs: number): StatementGenerator<Dated> {
    const section = (this.#kept.get(name) as AggregateSection | undefined) ?? new AggregateSection(name, sql);
    this.#kept.set(name, section);
    const { rows, asOfMs } = yield* section.read(this.#stateAt(nowMs));
    return { rows, asOfMs: wallTime(asOfMs, nowMs) };
  }

  /**
   * Whether the key can be used for history: the highest value of a text must show that it increases. Only `jobs` may
   * be read without one.
   */
  *#isKeyed({ section, highestId }: HistoryTable): StatementGenerator<boolean> {
    const { source } = this.#options;
    const key = source.key(section);
    if (key && !key.isText) return true;
    const [highest] = key ? yield* query(section, highestId) : [];
    const id = String(highest?.id);
    if (section === "jobs" && !isGrowing(id)) return false;
    if (isRandom(id)) throw new SourceError(randomKey(section));
    return true;
  }

  isInPieces(name: Name): boolean {
    return this.#kept.get(name) instanceof TableHistory;
  }

  /** The sections that have been read. */
  get sections(): readonly Name[] {
    return [...this.#kept.keys()];
  }

  /**
   * Reads one more batch of these sections: of one whose totals are missing, otherwise of the next to verify. Returns
   * false if everything was read in the current state of the database.
   */
  *step(nowMs: number, names = this.sections): StatementGenerator<boolean> {
    const awake = names.filter((name) => !this.#options.source.isResting(name));
    if (awake.length === 0) return false;
    const unfinished = awake.filter((name) => !this.#kept.get(name)?.isComplete);
    const due = unfinished.length > 0 ? unfinished : awake;
    this.#turn += 1;
    for (const offset of due.keys()) {
      const name = due[(this.#turn + offset) % due.length] as Name;
      try {
        const history = this.#kept.get(name);
        if (history && (yield* history.step(this.#stateAt(nowMs)))) return true;
      } catch (error) {
        if (this.#willPass(error)) return true;
        // The next reading of the section meets the same error and reports it.
        this.#kept.delete(name);
      }
    }
    return false;
  }

  /** Call it after a change of the schema, since the rows that were read may mean something else now. */
  forgetAll(): void {
    this.#kept.clear();
  }

  #stateAt(nowMs: number): DatabaseState {
    // Never later than now, in case the clock was set after `nowMs` was taken.
    return { number: this.#state, nowMs: Math.min(nowMs - wallOffset(), performance.now()) };
  }

  /** Whether the error is temporary, such as a lock or a slow disk, and so is no reason to discard what was read. */
  #willPass(error: unknown): boolean {
    const code = this.#options.source.toFailure(error)?.code;
    return code === "unavailable" || code === "deadline_exceeded";
  }
}

/**
 * Converts to wall time. The history uses the monotonic clock, so that a step of the wall clock cannot make an old
 * total look new.
 */
function wallTime(monotonicMs: number, nowMs: number): number {
  return Math.max(0, Math.min(nowMs, Math.round(monotonicMs + wallOffset())));
}

function randomKey(section: HistorySection): SourceFailure {
  const message = `column ${KEYS[section]} holds random UUIDs, which do not increase with time: use ${INSTEAD[section]}`;
  return { code: "failed_precondition", message };
}
