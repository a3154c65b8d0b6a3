/** Databases with unusual names, values and sizes. */
import { describe, expect, it } from "vitest";
import { createDatabase } from "../support/database.ts";
import { draftedFrom, problemsOf } from "./drafting.ts";

const RUNS = "id INTEGER PRIMARY KEY, status TEXT, started_at INTEGER, finished_at INTEGER, pid INTEGER";

describe("a draft", () => {
  it("quotes keywords and names with special characters", async () => {
    using database = createDatabase({
      schema: `CREATE TABLE "it's -- a ""table"";" ("select" INTEGER PRIMARY KEY, "status" TEXT NOT NULL, "Started At" TEXT,
        "ended-at" TEXT, "order" TEXT, "group" TEXT, "worker-pid" INTEGER, length INTEGER AS (length("group")),
        twice TEXT AS ("order" || "order") STORED);
      INSERT INTO "it's -- a ""table"";" ("status", "Started At") VALUES ('running', '2026-11-26 10:00:00'), ('done', '')`,
    });
    const { profile, text } = await draftedFrom(database.path);
    expect(problemsOf(database.path, profile)).toEqual([]);
    expect(text).toContain(`FROM "it's -- a ""table"";"`);
    expect(text).toContain('"select" AS job_key');
    expect(text).toContain(`nullif("Started At", '') AS started_at`);
    expect(text).toContain('"worker-pid" AS pid');
  });

  it("omits tables and columns with line breaks in their names", async () => {
    const line = '"x\n-- name: cost\nSELECT 1"';
    using database = createDatabase({
      schema: `CREATE TABLE ${line} (${RUNS}); CREATE TABLE "x; -- y" (${RUNS}); CREATE TABLE runs (${RUNS}, ${line} TEXT, "y\u2028z" TEXT)`,
    });
    const { names, profile, text } = await draftedFrom(database.path);
    expect(names).toEqual(["runs"]);
    expect(text).not.toContain("SELECT 1");
    expect(problemsOf(database.path, profile)).toEqual([]);
  });

  it("works among 500 tables, broken views and virtual tables", async () => {
    const tables = Array.from(
      { length: 500 },
      (_, index) => `CREATE TABLE t${index} (id, status TEXT, note TEXT);`,
    );
    using database = createDatabase({
      schema: `${tables.join("")} CREATE TABLE agent_runs (${RUNS}); CREATE VIRTUAL TABLE words USING fts5 (status, started_at);
        CREATE TABLE gone (x); CREATE VIEW broken AS SELECT x AS status FROM gone; DROP TABLE gone`,
    });
    const { names, profile } = await draftedFrom(database.path);
    expect(names).toHaveLength(501);
    expect(names[0]).toBe("agent_runs");
    expect(problemsOf(database.path, profile)).toEqual([]);
  });

  it("works from a view", async () => {
    using database = createDatabase({
      schema: `CREATE TABLE t (a INTEGER PRIMARY KEY, b TEXT, c INTEGER);
        INSERT INTO t VALUES (1, 'running', 1790000000);
        CREATE VIEW open_jobs AS SELECT a AS id, b AS status, c AS started_at FROM t`,
    });
    const { profile, text } = await draftedFrom(database.path, "open_jobs");
    expect(text).toContain("CAST(id AS TEXT) AS job_key");
    expect(problemsOf(database.path, profile)).toEqual([]);
  });

  it("contains no row's values except a status column's words, and none if those are too many", async () => {
    using database = createDatabase({
      schema: `CREATE TABLE runs (${RUNS}, kind TEXT, model TEXT, owner TEXT)`,
    });
    for (const status of ["running", "secret@example.com"]) {
      database.insert("runs", {
        status,
        kind: "KIND-1",
        model: "MODEL-1",
        owner: "OWNER-1",
        started_at: 1790000123,
        pid: 4711,
      });
      const { text, profile } = await draftedFrom(database.path);
      expect(text).not.toMatch(/KIND|MODEL|OWNER|1790000123|4711|secret/);
      expect(problemsOf(database.path, profile)).toEqual([]);
    }
    database.connection.exec("DELETE FROM runs");
    for (let index = 0; index < 32; index += 1) database.insert("runs", { status: `word ${index}` });
    expect((await draftedFrom(database.path)).text).not.toContain("word");
  });

  it("finds the words at both ends of a long table, and those of a CHECK", async () => {
    const rows = `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 30000)
      INSERT INTO runs SELECT i, CASE WHEN i < 9 THEN 'new' WHEN i > 29990 THEN 'busy' ELSE 'done' END FROM n`;
    const words = async (check: string) => {
      using database = createDatabase({
        schema: `CREATE TABLE runs (id INTEGER PRIMARY KEY, state TEXT NOT NULL ${check})`,
      });
      database.connection.exec(rows);
      return (await draftedFrom(database.path)).text;
    };
    const text = await words("");
    expect(text.match(/WHEN '(\w+)'/g)?.sort()).toEqual(["WHEN 'busy'", "WHEN 'done'", "WHEN 'new'"]);
    expect(text).toContain("state IN ('new', 'busy') AS is_open");
    const checked = await words("CHECK (state IN ('new', 'busy', 'done', 'dead'))");
    expect(checked).toContain("WHEN 'dead' THEN 'failed' -- unsure");
  });
});
