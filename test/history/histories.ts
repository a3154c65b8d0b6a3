/**
 * Random histories, written by another connection while the service's reader reads. The orchestrator's own
 * changes must appear in the next reading, and manual changes of old rows as soon as `historyAsOfMs` covers
 * them. In both cases the sums must equal those of a full scan.
 */
import { copyFileSync } from "node:fs";
import Database from "better-sqlite3";
import fc from "fast-check";
import { expect } from "vitest";
import { parseProfile } from "../../src/profiles/parse.ts";
import { loadProfile } from "../../src/profiles/shipped.ts";
import type { CostRows, QueueRows } from "../../src/repositories/repository.ts";
import { DatabaseReader } from "../../src/repositories/sqlite/database-reader.ts";
import { createDatabase, type TestDatabase } from "../support/database.ts";
import { unguarded } from "../support/unguarded.ts";
import { fullScan } from "./full-scan.ts";

/** More than a segment of the tail, so that each history has closed segments. */
const FIRST_ROWS = 3_000;

type Step =
  | { readonly do: "append"; readonly rows: number; readonly gap: number }
  | { readonly do: "start" | "finish" | "retry" | "requeue"; readonly at: number }
  | { readonly do: "edit" | "relabel" | "delete" | "prune" | "insertBelow"; readonly at: number }
  | { readonly do: "vacuum" | "truncate" };

/** What an orchestrator does itself, which must be visible at once. */
const OWN = ["append", "start", "finish", "retry", "requeue"];

const at = fc.nat(1_000_000);
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    do: fc.constant("append" as const),
    rows: fc.integer({ min: 1, max: 900 }),
    gap: fc.nat(5_000),
  }),
  fc.record({ do: fc.constantFrom("start", "finish", "retry", "requeue"), at }),
  fc.record({ do: fc.constantFrom("edit", "relabel", "delete", "prune", "insertBelow"), at }),
  fc.record({ do: fc.constantFrom("vacuum", "truncate") }),
);

const REFERENCE = loadProfile("reference", "sqlite");

/**
 * The same rows with a text key that increases like their ids, as a version 7 UUID, and with the queue as
 * `jobs`.
 */
const TEXT_KEYS = ["jobs", "agent_runs"].map(
  (table) => `ALTER TABLE ${table} ADD COLUMN key TEXT GENERATED ALWAYS AS
    (printf('%08x-%04x-7000-8000-000000000000', (id + 1099511627776) >> 16, id & 65535)) VIRTUAL;
  CREATE UNIQUE INDEX ${table}_key ON ${table} (key)`,
);
const BY_TEXT = parseProfile(
  "texts",
  `-- dialect: sqlite
-- name: jobs
SELECT key AS job_key, CASE WHEN status = 'odd' THEN 'other' ELSE status END AS status, status AS native_status,
  attempts, max_attempts, available_at, created_at, started_at, status IN ('queued', 'running') AS is_open FROM jobs
-- name: run_history
SELECT key AS run_key, agent, model, cost_usd, input_tokens, output_tokens, cache_read_tokens, cache_creation_tokens,
  finished_at IS NULL AS is_open FROM agent_runs
-- name: epoch
SELECT 'jobs' AS name, coalesce(max(id), 0) AS highest_key FROM jobs`,
);

const NOW = "'2026-01-31T12:00:00.000Z'";

function append(connection: Database.Database, rows: number, gap: number): void {
  const numbers = `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${rows})`;
  const first = (table: string) => `(SELECT COALESCE(MAX(id), -${FIRST_ROWS / 2}) + ${gap} FROM ${table})`;
  connection.exec(`BEGIN;
    INSERT INTO jobs (id, kind, status, attempts, max_attempts, available_at, created_at)
      ${numbers} SELECT ${first("jobs")} + i * 3, 'developer',
        CASE WHEN i % 40 = 0 THEN 'queued' WHEN i % 7 = 0 THEN 'failed' WHEN i % 90 = 0 THEN 'odd' ELSE 'done' END,
        i % 5, 3, ${NOW}, ${NOW} FROM n;
    INSERT INTO agent_runs (id, agent, model, started_at, finished_at, input_tokens, output_tokens, cost_usd)
      ${numbers} SELECT ${first("agent_runs")} + i * 2, 'agent-' || (i % 3), CASE WHEN i % 4 > 0 THEN 'model-' || (i % 4) END,
        ${NOW}, CASE WHEN i % 50 > 0 THEN ${NOW} END, CASE WHEN i % 6 > 0 THEN i END, i * 2, CASE WHEN i % 5 > 0 THEN i / 100.0 END FROM n;
    COMMIT`);
}

/** Returns the table's row at this position. */
const rowAt = (table: string, place: number, where = "TRUE") =>
  `(SELECT id FROM ${table} WHERE ${where} ORDER BY id LIMIT 1
    OFFSET (SELECT ${place} % MAX(1, COUNT(*)) FROM ${table} WHERE ${where}))`;

function act(connection: Database.Database, step: Step): void {
  switch (step.do) {
    case "append":
      append(connection, step.rows, step.gap);
      return;
    case "start":
      connection.exec(`INSERT INTO agent_runs (agent, started_at) VALUES ('agent-0', ${NOW})`);
      return;
    case "finish":
      connection.exec(
        `UPDATE agent_runs SET finished_at = ${NOW}, cost_usd = 7.5, model = 'model-9'
         WHERE id = ${rowAt("agent_runs", step.at, "finished_at IS NULL")}`,
      );
      return;
    case "retry":
      connection.exec(
        `UPDATE jobs SET status = 'queued' WHERE id = ${rowAt("jobs", step.at, "status = 'failed'")}`,
      );
      return;
    case "requeue":
      connection.exec(
        `UPDATE jobs SET status = 'done', attempts = attempts + 1 WHERE id = ${rowAt("jobs", step.at, "status = 'queued'")}`,
      );
      return;
    case "edit":
      connection.exec(
        `UPDATE agent_runs SET cost_usd = 1000 + id, input_tokens = NULL WHERE id = ${rowAt("agent_runs", step.at)};
         UPDATE jobs SET attempts = 9 WHERE id = ${rowAt("jobs", step.at)}`,
      );
      return;
    case "relabel":
      connection.exec(`UPDATE agent_runs SET model = 'model-8' WHERE id = ${rowAt("agent_runs", step.at)};
        UPDATE jobs SET status = 'cancelled' WHERE id = ${rowAt("jobs", step.at, "status NOT IN ('queued', 'running')")}`);
      return;
    case "delete":
      connection.exec(`DELETE FROM agent_runs WHERE id = ${rowAt("agent_runs", step.at)};
        DELETE FROM jobs WHERE id = ${rowAt("jobs", step.at)}`);
      return;
    case "prune":
      connection.exec(`DELETE FROM agent_runs WHERE id < ${rowAt("agent_runs", step.at)};
        DELETE FROM jobs WHERE id < ${rowAt("jobs", step.at)}`);
      return;
    case "insertBelow":
      connection.exec(
        `INSERT OR IGNORE INTO agent_runs (id, agent, started_at, finished_at, cost_usd)
         VALUES (${rowAt("agent_runs", step.at)} - 1, 'agent-7', ${NOW}, ${NOW}, 3)`,
      );
      return;
    case "truncate":
      connection.exec("DELETE FROM agent_runs; DELETE FROM jobs");
      return;
    case "vacuum":
      connection.exec("VACUUM");
  }
}

const PARTS = ["queue", "cost"] as const;

async function read(reader: DatabaseReader): Promise<{ queue: QueueRows; cost: CostRows }> {
  const { snapshot } = reader.read(PARTS, Date.now());
  const { queue, cost } = snapshot.parts;
  // On a busy machine one reading may not suffice. It reports that, and the next one continues.
  if ([queue, cost].some((reading) => reading && !reading.ok && reading.failure.progress !== undefined))
    return read(reader);
  if (!queue?.ok || !cost?.ok) throw new Error(JSON.stringify(snapshot.parts));
  expect(queue.value.historyAsOfMs).toBeLessThanOrEqual(Date.now());
  return { queue: queue.value, cost: cost.value };
}

/** Verifies everything, as the background does in a minute. */
function verify(reader: DatabaseReader): void {
  while (reader.stepHistory(Date.now()));
}

const sums = ({ queue, cost }: { queue: QueueRows; cost: CostRows }) => ({
  counts: Object.fromEntries(
    queue.counts.map(({ status, nativeStatus, jobs }) => [nativeStatus ?? status, jobs]),
  ),
  retriedJobs: queue.retries?.retriedJobs,
  attemptsTotal: queue.retries?.attemptsTotal,
  exhaustedJobs: queue.retries?.exhaustedJobs,
  usage: Object.fromEntries(
    cost.byAgentModel.map(({ agent, model, usage }) => [
      `${agent} ${model}`,
      { ...usage, costUsd: usage.costUsd === null ? null : Math.round(usage.costUsd * 1e6) / 1e6 },
    ]),
  ),
});

function openReader(database: TestDatabase, profile = REFERENCE): DatabaseReader {
  return new DatabaseReader(
    {
      databasePath: database.path,
      maxItems: 10,
      terminalStages: ["done"],
      profile,
      verifyAgainMilliseconds: 0,
    },
    unguarded(),
  );
}

/** Expects the sums of a full scan after every step of that many random histories. */
export async function expectSumsOfFullScans(
  journal: "wal" | "delete",
  histories: number,
  keys: "integers" | "texts" = "integers",
): Promise<void> {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 12 }), async (steps) => {
      using database = createDatabase({ journal });
      if (keys === "texts") database.connection.exec(TEXT_KEYS.join(";"));
      append(database.connection, FIRST_ROWS, 0);
      const reader = openReader(database, keys === "texts" ? BY_TEXT : REFERENCE);
      try {
        reader.read(PARTS, Date.now());
        verify(reader);
        let sinceVerified = false;
        for (const step of steps) {
          act(database.connection, step);
          sinceVerified ||= !OWN.includes(step.do);
          if (sinceVerified) verify(reader);
          sinceVerified = false;
          expect(sums(await read(reader))).toEqual(fullScan(database.connection));
        }
      } finally {
        reader.release();
      }
    }),
    { seed: 20261123, numRuns: histories },
  );
}

/** Expects the older file's sums after it was restored in place of the newer one. */
export async function expectSumsOfRestoredFile(): Promise<void> {
  using database = createDatabase({ journal: "delete" });
  append(database.connection, FIRST_ROWS, 0);
  const backup = `${database.path}.backup`;
  copyFileSync(database.path, backup);
  append(database.connection, 2_000, 7);
  const reader = openReader(database);
  reader.read(PARTS, Date.now());
  verify(reader);
  const before = reader.read(PARTS, Date.now()).snapshot.sourceEpoch;
  database.connection.close();
  copyFileSync(backup, database.path);
  const restored = new Database(database.path);
  reader.read(PARTS, Date.now());
  verify(reader);
  expect(sums(await read(reader))).toEqual(fullScan(restored));
  expect(reader.read(PARTS, Date.now()).snapshot.sourceEpoch).not.toBe(before);
  reader.release();
  restored.close();
}
