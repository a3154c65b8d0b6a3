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

export class HistoryHints {
  readonly #wal: WalHints;
  readonly #pages: PageHints;
  readonly #connection: Database.Database;
  readonly #source: Source;
  readonly #history: History;
  readonly #lowest = new Map<HistorySection, bigint>();

  constructor({ path, connection, source, history, pageSums }: HistoryHintsOptions) {
    this.#wal = new WalHints(path);
    this.#pages = new PageHints(path, pageSums);
    this.#connection = connection;
    this.#source = source;
    this.#history = history;
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
      const lowest = this.#lowestId(section);
      const before = this.#lowest.get(section);
      if (lowest === undefined || lowest === before) continue;
      this.#lowest.set(section, lowest);
      this.#history.suspect(section, before ?? LOWEST_ID, lowest - 1n);
    }
  }

  #pass(hints: readonly Hint[]): void {
    if (hints.length === 0) return;
    for (const section of HISTORY_SECTIONS) {
      const columns = this.#columnsOfRowids(section);
      if (columns === undefined) continue;
      for (const hint of hints) {
        if (hint.columns === undefined || hint.columns === columns)
          this.#history.suspect(section, hint.from, hint.upTo);
      }
    }
  }

  #lowestId(section: HistorySection): bigint | undefined {
    if (this.#columnsOfRowids(section) === undefined) return undefined;
    const sql = `SELECT MIN(${KEYS[section]}) FROM ${this.#source.from(section)}`;
    const lowest = this.#connection.prepare(sql).pluck().safeIntegers().get();
    return typeof lowest === "bigint" ? lowest : undefined;
  }

  /** How many columns the section's table has; undefined where its key is not the rowid that the pages hold. */
  #columnsOfRowids(section: HistorySection): number | undefined {
    if (!this.#source.has(section)) return undefined;
    try {
      const key = this.#connection
        .prepare(`SELECT ${KEYS[section]} FROM ${this.#source.from(section)}`)
        .columns()[0];
      const columns = this.#connection
        .prepare("SELECT name, type, pk FROM pragma_table_info(?)")
        .all(key?.table ?? "") as { name: string; type: string; pk: number }[];
      const isRowid = columns.some(
        ({ name, type, pk }) => name === key?.column && pk === 1 && type.toUpperCase() === "INTEGER",
      );
      return isRowid ? columns.length : undefined;
    } catch {
      // No such table: whoever reads the section is told.
      return undefined;
    }
  }

  close(): void {
    this.#wal.close();
  }
}
