/** The history in one database: of its runs and of its jobs. It outlives the connections that read it. */

import { wallOffset } from "../../../procfs/wall-offset.ts";
import { KEYS, type SectionName } from "../../../profiles/contract.ts";
import { type Fault, SourceError } from "../../fault.ts";
import { type Asking, ask, only } from "../asking.ts";
import { integerText, text } from "../columns.ts";
import type { Source } from "../source.ts";
import { type HistorySection, type HistoryTable, historyTable } from "./table.ts";
import { type Moment, TableHistory } from "./table-history.ts";
import { type Dated, WholeSection } from "./whole-section.ts";

/** Sections that sum up all history by themselves. */
const WHOLE_SECTIONS = ["queue_counts", "queue_retries", "cost"] as const satisfies SectionName[];
export type WholeSectionName = (typeof WHOLE_SECTIONS)[number];

export function isWholeSection(name: SectionName): name is WholeSectionName {
  return WHOLE_SECTIONS.some((known) => known === name);
}

/** Keys that only grow, by name, as text. One that is lower than before tells that history was lost. */
export type HighestKeys = Readonly<Record<string, string>>;

interface Keyed {
  readonly table: HistoryTable;
  readonly history: TableHistory;
}

export interface HistoryOptions {
  readonly source: Source;
  readonly faultFor: (error: unknown) => Fault | undefined;
  /** What a reading spends on each section of history before it answers without. */
  readonly refreshMilliseconds: number;
}

export class History {
  readonly #source: Source;
  readonly #refreshMilliseconds: number;
  readonly #faultFor: (error: unknown) => Fault | undefined;
  readonly #keyed = new Map<HistorySection, Keyed>();
  readonly #whole = new Map<WholeSectionName, WholeSection>();
  #state = 0;
  #turn = 0;
  /** The revisions of what was forgotten. */
  #forgotten = 0;

  constructor({ source, faultFor, refreshMilliseconds }: HistoryOptions) {
    this.#source = source;
    this.#faultFor = faultFor;
    this.#refreshMilliseconds = refreshMilliseconds;
  }

  /** To be called when a commit was noticed, or may have been, and for each new connection. */
  noteChange(): void {
    this.#state += 1;
  }

  /** Whether all has been read once. */
  get isComplete(): boolean {
    return this.#all.every(({ isComplete }) => isComplete);
  }

  /** Rises whenever any of the sums became others. */
  get revision(): number {
    return this.#forgotten + this.#all.reduce((sum, { revision }) => sum + revision, 0);
  }

  get segmentCount(): number {
    return [...this.#keyed.values()].reduce((sum, { history }) => sum + history.segmentCount, 0);
  }

  /** How many segments a commit may have made untrue, and are to be verified now. */
  suspectCount(nowMs: number): number {
    const moment = this.#moment(nowMs);
    return [...this.#keyed.values()].reduce((sum, { history }) => sum + history.suspectCount(moment), 0);
  }

  /** Unix epoch milliseconds: everything that was committed before is in the sums. */
  asOf(nowMs: number): { readonly queue: number; readonly cost: number } {
    const moment = this.#moment(nowMs);
    const of = (keyed: HistorySection, ...whole: readonly WholeSectionName[]) =>
      Math.min(
        nowMs,
        ...[this.#keyed.get(keyed)?.history, ...whole.map((name) => this.#whole.get(name))].map((history) =>
          history ? wallTime(history.asOfMs(moment), nowMs) : nowMs,
        ),
      );
    return { queue: of("job_history", "queue_counts", "queue_retries"), cost: of("run_history", "cost") };
  }

  /**
   * The sums over a section's rows, a row for each group, the open ones among them: with all that the source did
   * by itself up to this transaction. Throws an `unavailable` SourceError with the progress until all has been
   * read once.
   */
  *sums(name: HistorySection, nowMs: number): Asking<Dated> {
    this.#source.refuseResting(name);
    const { table, history } = this.#keyedOf(name);
    const moment = this.#moment(nowMs);
    const highest = only(yield* ask(name, table.highestId));
    const highestId = highest.id === null ? null : Number(integerText(highest, "id", KEYS[name]));
    try {
      yield* history.refresh(moment, highestId, this.#refreshMilliseconds);
    } catch (error) {
      if (!this.#willPass(error)) this.#forget(name);
      throw error;
    }
    if (!history.isComplete) {
      const progress = history.progress(highestId);
      throw new SourceError({
        code: "unavailable",
        message: `the history of ${NOUNS[name]} is still being read: ${Math.floor(progress * 100)} % so far`,
        progress,
      });
    }
    return {
      rows: history.totals(yield* ask(name, table.openSums)),
      asOfMs: wallTime(history.asOfMs(moment), nowMs),
    };
  }

  /** The rows of a section that sums up all history by itself. */
  *whole(name: WholeSectionName, nowMs: number): Asking<Dated> {
    const sql = `SELECT ${this.#source.bounded(name)} FROM ${this.#source.from(name)}`;
    const section = this.#whole.get(name) ?? new WholeSection(name, sql);
    this.#whole.set(name, section);
    const { rows, asOfMs } = yield* section.read(this.#moment(nowMs));
    return { rows, asOfMs: wallTime(asOfMs, nowMs) };
  }

  /** What the profile's `epoch` tells; nothing where it has none, or it cannot be read now. */
  *highestKeys(): Asking<HighestKeys> {
    if (!this.#source.has("epoch")) return {};
    try {
      const sql = `SELECT ${this.#source.boundedColumn("epoch", "name")}, CAST(highest_key AS TEXT) AS highest_key FROM ${this.#source.from("epoch")}`;
      const rows = yield* ask("epoch", sql);
      return Object.fromEntries(rows.map((row) => [text(row, "name"), integerText(row, "highest_key")]));
    } catch (error) {
      if (this.#faultFor(error) === undefined) throw error;
      return {};
    }
  }

  /** What the newest commits wrote among the keys of a section. */
  suspect(name: HistorySection, from: bigint, upTo: bigint): void {
    this.#keyed.get(name)?.history.suspect(from, upTo);
  }

  get keyedSections(): readonly HistorySection[] {
    return [...this.#keyed.keys()];
  }

  get wholeSections(): readonly WholeSectionName[] {
    return [...this.#whole.keys()];
  }

  /**
   * Reads one more piece of these sections: one whose sums are missing, else the next that has to be verified.
   * False when all was read in this very state of the database.
   */
  *step(
    nowMs: number,
    names: readonly (HistorySection | WholeSectionName)[] = [...this.keyedSections, ...this.wholeSections],
  ): Asking<boolean> {
    const awake = names.filter((name) => !this.#source.isResting(name));
    if (awake.length === 0) return false;
    const unfinished = awake.filter((name) => !this.#of(name)?.isComplete);
    const due = unfinished.length > 0 ? unfinished : awake;
    this.#turn += 1;
    for (const offset of due.keys()) {
      const name = due[(this.#turn + offset) % due.length] as HistorySection | WholeSectionName;
      try {
        const history = this.#of(name);
        if (history && (yield* history.step(this.#moment(nowMs)))) return true;
      } catch (error) {
        if (this.#willPass(error)) return true;
        // Whoever asks for it next meets the same fault and is told.
        this.#forget(name);
      }
    }
    return false;
  }

  /** After the schema changed: what was read may mean something else. */
  forgetAll(): void {
    for (const name of [...this.keyedSections, ...this.wholeSections]) this.#forget(name);
  }

  get #all(): readonly { readonly isComplete: boolean; readonly revision: number }[] {
    return [...[...this.#keyed.values()].map(({ history }) => history), ...this.#whole.values()];
  }

  #moment(nowMs: number): Moment {
    // Never later than now, should the clock have been set since `nowMs` was taken.
    return { state: this.#state, nowMs: Math.min(nowMs - wallOffset(), performance.now()) };
  }

  #of(name: HistorySection | WholeSectionName): TableHistory | WholeSection | undefined {
    return this.#keyed.get(name as HistorySection)?.history ?? this.#whole.get(name as WholeSectionName);
  }

  #keyedOf(name: HistorySection): Keyed {
    let keyed = this.#keyed.get(name);
    if (!keyed) {
      const table = historyTable(this.#source, name);
      keyed = { table, history: new TableHistory(table) };
      this.#keyed.set(name, keyed);
    }
    return keyed;
  }

  #forget(name: HistorySection | WholeSectionName): void {
    this.#forgotten += 1 + (this.#of(name)?.revision ?? 0);
    this.#keyed.delete(name as HistorySection);
    this.#whole.delete(name as WholeSectionName);
  }

  /** The writer's lock or a slow disk, say: no word against what was read before. */
  #willPass(error: unknown): boolean {
    const code = this.#faultFor(error)?.code;
    return code === "unavailable" || code === "deadline_exceeded";
  }
}

/** Within the history time is the monotonic clock's, so that no step of the wall clock makes an old sum look new. */
function wallTime(monotonicMs: number, nowMs: number): number {
  return Math.max(0, Math.min(nowMs, Math.round(monotonicMs + wallOffset())));
}

const NOUNS: Readonly<Record<HistorySection, string>> = { job_history: "jobs", run_history: "runs" };
