/**
 * Tells the histories where the newest commits may have changed old rows, so that those are verified first: from
 * the frames of the -wal, on a rollback journal from the file's pages, and from the lowest ids, below which rows
 * were pruned. Hints where to look, no proof: what they miss is found when its turn comes.
 */
import type Database from "better-sqlite3";
import { KEYS } from "../../profiles/contract.ts";
import type { History } from "../sql/history/history.ts";
import { HIGHEST_ID, LOWEST_ID } from "../sql/history/segments.ts";
import { HISTORY_SECTIONS, type HistorySection } from "../sql/history/table.ts";
import type { Source } from "../sql/source.ts";
import { PageHints, type PageSums } from "./page-hints.ts";
import type { Hint } from "./table-page.ts";
import { WalHints } from "./wal-hints.ts";

export interface HistoryHintsOptions {
  readonly path: string;
  readonly connection: Database.Database;
  readonly source: Source;
  readonly history: History;
  readonly pageSums: PageSums;
}

/** Of a table whose key is the rowid that its pages hold. */
interface Rowids {
  /** How many columns its rows have. */
  readonly columns: number;
  /** Gives the lowest key. */
  readonly lowest: Database.Statement;
}

export class HistoryHints {
  readonly #wal: WalHints;
  readonly #pages: PageHints;
  readonly #connection: Database.Database;
  readonly #source: Source;
  readonly #history: History;
  readonly #lowest = new Map<HistorySection, bigint>();
  /** Kept, and not asked after with every commit: what SQLite holds for a statement waits for a collection of garbage. */
  readonly #rowids = new Map<HistorySection, Rowids | null>();

  constructor({ path, connection, source, history, pageSums }: HistoryHintsOptions) {
    this.#wal = new WalHints(path);
    this.#pages = new PageHints(path, pageSums);
    this.#connection = connection;
    this.#source = source;
    this.#history = history;
  }

  /** To be called after the schema changed. */
  forgetSchema(): void {
    this.#rowids.clear();
  }

  /** To be called between the readings, on a WAL database. */
  passFrames(): void {
    this.#pass(this.#wal.take());
  }

  /** Whether the file's pages can tell what is written from now on. */
  get knowsPages(): boolean {
    return this.#pages.isComplete || !this.#pages.isPossible;
  }

  /** Reads one piece of the file, on a rollback journal. False where there is no way to its pages. */
  passPages(): boolean {
    if (!this.#pages.isPossible) return false;
    const known = this.#pages.isComplete;
    this.#pass(this.#pages.take());
    if (known !== this.#pages.isComplete) this.#suspectAll();
    return true;
  }

  /** What was read so far may have been changed before its page was seen the first time. */
  #suspectAll(): void {
    for (const section of HISTORY_SECTIONS) this.#history.suspect(section, LOWEST_ID, HIGHEST_ID);
  }

  /** To be called after a commit: rows are pruned from the oldest on, and their pages may tell nothing of it. */
  passLowestIds(): void {
    for (const section of HISTORY_SECTIONS) {
      const lowest = this.#rowidsOf(section)?.lowest.get();
      const before = this.#lowest.get(section);
      if (typeof lowest !== "bigint" || lowest === before) continue;
      this.#lowest.set(section, lowest);
      this.#history.suspect(section, before ?? LOWEST_ID, lowest - 1n);
    }
  }

  #pass(hints: readonly Hint[]): void {
    if (hints.length === 0) return;
    for (const section of HISTORY_SECTIONS) {
      const rowids = this.#rowidsOf(section);
      if (!rowids) continue;
      for (const hint of hints) {
        if (hint.columns === undefined || hint.columns === rowids.columns)
          this.#history.suspect(section, hint.from, hint.upTo);
      }
    }
  }

  /** Undefined where the section's key is not the rowid that the pages hold, or it cannot be known now. */
  #rowidsOf(section: HistorySection): Rowids | undefined {
    let rowids = this.#rowids.get(section);
    if (rowids === undefined) {
      try {
        rowids = this.#source.has(section) ? this.#readRowids(section) : null;
      } catch {
        // No such table, or the writer's lock: whoever reads the section is told.
        return undefined;
      }
      this.#rowids.set(section, rowids);
    }
    return rowids ?? undefined;
  }

  #readRowids(section: HistorySection): Rowids | null {
    const from = this.#source.from(section);
    const key = this.#connection.prepare(`SELECT ${KEYS[section]} FROM ${from}`).columns()[0];
    const columns = this.#connection
      .prepare("SELECT name, type, pk FROM pragma_table_info(?)")
      .all(key?.table ?? "") as { name: string; type: string; pk: number }[];
    const isRowid = columns.some(
      ({ name, type, pk }) => name === key?.column && pk === 1 && type.toUpperCase() === "INTEGER",
    );
    if (!isRowid) return null;
    const lowest = this.#connection.prepare(`SELECT MIN(${KEYS[section]}) FROM ${from}`).pluck();
    return { columns: columns.length, lowest: lowest.safeIntegers() };
  }

  close(): void {
    this.#wal.close();
  }
}
