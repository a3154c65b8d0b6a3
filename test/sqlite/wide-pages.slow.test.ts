/** What the hints tell of a table whose inner pages each lead to millions of ids: where it changed, and no more. */
import Database from "better-sqlite3";
import { describe, expect, it } from "vitest";
import { newPageSums, PageHints } from "../../src/repositories/sqlite/page-hints.ts";
import type { Hint } from "../../src/repositories/sqlite/table-page.ts";
import { WalHints } from "../../src/repositories/sqlite/wal-hints.ts";
import { createDatabase } from "../support/database.ts";

const ROWS = 20_000;
/** Between two ids, so that few rows are many ids. */
const STEP = 1_000;

const insert = (from: number, upTo: number) =>
  `WITH RECURSIVE n(i) AS (SELECT ${from} UNION ALL SELECT i + 1 FROM n WHERE i < ${upTo})
   INSERT INTO wide (id, text) SELECT i * ${STEP}, printf('%.*c', 60, 'x') FROM n`;

function filled(path: string, journal: "wal" | "delete"): Database.Database {
  const database = new Database(path);
  database.pragma(`journal_mode = ${journal}`);
  database.exec(`CREATE TABLE wide (id INTEGER PRIMARY KEY, text TEXT); ${insert(1, ROWS)}`);
  database.pragma("wal_checkpoint(TRUNCATE)");
  return database;
}

function covers(hints: readonly Hint[], id: number): boolean {
  return hints.some(({ from, upTo }) => from <= BigInt(id) && BigInt(id) <= upTo);
}

/** Ids that are a hundred rows apart. */
const sample = (from: number, upTo: number) =>
  Array.from({ length: (upTo - from) / 100 }, (_, index) => (from + index * 100) * STEP);

const WAYS: Readonly<Record<"wal" | "delete", (path: string) => { all(): Hint[] }>> = {
  wal(path) {
    const wal = new WalHints(path);
    return {
      all() {
        const hints: Hint[] = [];
        for (let more = wal.take(); more.length > 0; more = wal.take()) hints.push(...more);
        return hints;
      },
    };
  },
  delete(path) {
    const pages = newPageSums();
    const hints = new PageHints(path, pages);
    const all = () => {
      const found = [...hints.take()];
      while (pages.next > 0) found.push(...hints.take());
      return found;
    };
    all();
    return { all };
  },
};

describe.each(["wal", "delete"] as const)("with the journal mode %s", (journal) => {
  function watched(path: string) {
    const database = filled(path, journal);
    const hints = WAYS[journal](path);
    database.exec(insert(ROWS + 1, ROWS + 500));
    return { hints, database, [Symbol.dispose]: () => void database.close() };
  }

  it("rows that are appended bring no others into suspicion", () => {
    using folder = createDatabase();
    using table = watched(`${folder.directory}/wide.db`);
    const found = table.hints.all();
    expect(covers(found, (ROWS + 400) * STEP)).toBe(true);
    expect(sample(100, ROWS - 1_000).filter((id) => covers(found, id))).toEqual([]);
  });

  it("rows that are deleted in the middle are suspected, all of them", () => {
    using folder = createDatabase();
    using table = watched(`${folder.directory}/wide.db`);
    const { hints, database } = table;
    hints.all();
    database.exec(`DELETE FROM wide WHERE id BETWEEN ${5_000 * STEP} AND ${15_000 * STEP}`);
    // As after a commit of more than a thousand pages: the file no longer has what was before.
    database.pragma("wal_checkpoint(PASSIVE)");
    const found = hints.all();
    expect(sample(5_000, 15_000).filter((id) => !covers(found, id))).toEqual([]);
  });
});
