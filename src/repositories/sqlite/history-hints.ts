/** Passes what the -wal tells of the newest commits on to the histories whose rows they may have changed. */
import type Database from "better-sqlite3";
import { KEYS } from "../../profiles/contract.ts";
import type { History } from "../sql/history/history.ts";
import { HISTORY_SECTIONS, type HistorySection } from "../sql/history/table.ts";
import type { Source } from "../sql/source.ts";
import { WalHints } from "./wal-hints.ts";

export class HistoryHints {
  readonly #wal: WalHints;
  readonly #connection: Database.Database;
  readonly #source: Source;
  readonly #history: History;

  constructor(path: string, connection: Database.Database, source: Source, history: History) {
    this.#wal = new WalHints(path);
    this.#connection = connection;
    this.#source = source;
    this.#history = history;
  }

  /** To be called between the readings. */
  pass(): void {
    const hints = this.#wal.take();
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
