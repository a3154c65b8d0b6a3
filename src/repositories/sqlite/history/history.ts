/** The history of one database: of its runs and of its jobs. It outlives the connections that read it. */
import { SourceError } from "../../fault.ts";
import type { Cells } from "../columns.ts";
import { faultFor } from "../faults.ts";
import type { Query } from "../query.ts";
import { JOBS, RUNS } from "./table.ts";
import { type Moment, TableHistory } from "./table-history.ts";
import type { Hint } from "./wal-hints.ts";

/** What a reading spends on history before it answers without: a transaction must stay short. */
const REFRESH_MILLISECONDS = 5;

const TABLES = { agent_runs: RUNS, jobs: JOBS } as const;
export type HistoryTableName = keyof typeof TABLES;

/** The highest id of each table; null where the table cannot be read. */
export type HighestIds = Readonly<Record<HistoryTableName, number | null>>;

export class History {
  readonly #tables: Record<HistoryTableName, TableHistory>;
  #state = 0;
  #turn = 0;
  #forgotten = 0;

  constructor() {
    this.#tables = { agent_runs: new TableHistory(RUNS), jobs: new TableHistory(JOBS) };
  }

  /** To be called when a commit was noticed, and for each new connection. */
  noteChange(): void {
    this.#state += 1;
  }

  /** `nowMs`: Unix epoch milliseconds, taken before the transaction began. */
  moment(nowMs: number): Moment {
    return { state: this.#state, nowMs };
  }

  get isComplete(): boolean {
    return Object.values(this.#tables).every((table) => table.isComplete);
  }

  /** Rises whenever any of the sums became others. */
  get revision(): number {
    return this.#forgotten + Object.values(this.#tables).reduce((sum, table) => sum + table.revision, 0);
  }

  /** Unix epoch milliseconds: everything that was committed before is in the table's sums. */
  asOfMs(name: HistoryTableName, nowMs: number): number {
    return this.#tables[name].asOfMs(this.moment(nowMs));
  }

  get segmentCount(): number {
    return Object.values(this.#tables).reduce((sum, table) => sum + table.segmentCount, 0);
  }

  /**
   * A table's sums, a row for each group, with all that the orchestrator did by itself up to this
   * transaction. Throws an `unavailable` SourceError with the progress until all has been read once.
   */
  read(name: HistoryTableName, query: Query, nowMs: number, highestIds: HighestIds): readonly Cells[] {
    const table = this.#tables[name];
    const moment = this.moment(nowMs);
    const highestId = highestIds[name];
    try {
      table.refresh(query, moment, highestId, REFRESH_MILLISECONDS);
    } catch (error) {
      if (!willPass(error)) this.#forget(name);
      throw error;
    }
    if (!table.isComplete) {
      const progress = table.progress(highestId);
      throw new SourceError({
        code: "unavailable",
        message: `the history of ${name} is still being read: ${Math.floor(progress * 100)} % so far`,
        progress,
      });
    }
    return table.totals();
  }

  /** What the newest commits wrote; `columns` of each table, to tell whose rows they are. */
  suspect(hints: readonly Hint[], columns: Readonly<Record<HistoryTableName, number>>): void {
    for (const hint of hints) {
      for (const [name, table] of Object.entries(this.#tables)) {
        if (hint.columns === undefined || hint.columns === columns[name as HistoryTableName])
          table.suspect(hint.from, hint.upTo);
      }
    }
  }

  /**
   * Reads one more segment: one whose sums are missing, else the next that has to be verified. False when all
   * was read in this very state of the database.
   */
  step(query: Query, nowMs: number): boolean {
    const names = Object.keys(this.#tables) as HistoryTableName[];
    const unfinished = names.filter((name) => !this.#tables[name].isComplete);
    const due = unfinished.length > 0 ? unfinished : names;
    this.#turn += 1;
    for (const offset of due.keys()) {
      const name = due[(this.#turn + offset) % due.length] as HistoryTableName;
      try {
        if (this.#tables[name].step(query, this.moment(nowMs))) return true;
      } catch (error) {
        if (willPass(error)) return true;
        // Whoever asks for this table next meets the same fault and is told.
        this.#forget(name);
      }
    }
    return false;
  }

  #forget(name: HistoryTableName): void {
    this.#forgotten += 1 + this.#tables[name].revision;
    this.#tables[name] = new TableHistory(TABLES[name]);
  }
}

/** The writer's lock, say: no word against what was read before. */
function willPass(error: unknown): boolean {
  return faultFor(error)?.code === "unavailable";
}
