/** The River profiles over the same jobs on SQLite and on PostgreSQL. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { loadProfile } from "../../src/profiles/shipped.ts";
import { openPostgresqlRepository } from "../../src/repositories/postgresql/open.ts";
import type { Snapshot } from "../../src/repositories/repository.ts";
import { PART_NAMES } from "../../src/repositories/sql/read-parts.ts";
import { openSqliteRepository } from "../../src/repositories/sqlite/open.ts";
import { createDatabase } from "../support/database.ts";
import { startPostgresql } from "../support/postgresql.ts";

const schema = (file: string) => readFileSync(new URL(file, import.meta.url), "utf8");

const BEGAN = Date.now();
const HOUR = 3_600_000;

/**
 * Formats a time as River's SQLite driver does: UTC without a zone, without trailing zeros of the
 * milliseconds.
 */
const at = (milliseconds: number) =>
  new Date(milliseconds)
    .toISOString()
    .slice(0, -1)
    .replace("T", " ")
    .replace(/\.?0+$/, "");

const longAgo = Date.UTC(2026, 7, 1, 10, 0, 0);

/**
 * State, attempt, maximum attempts, and the scheduled, attempted, finalized and created times (default: long
 * ago).
 */
const JOBS: readonly (readonly [string, number, number, number, number | null, number | null, number?])[] = [
  ["available", 0, 25, longAgo + 500, null, null],
  ["available", 0, 25, BEGAN + 2 * HOUR, null, null],
  ["pending", 0, 25, longAgo, null, null],
  ["scheduled", 0, 25, BEGAN + HOUR, null, null],
  ["scheduled", 0, 25, longAgo + 7, null, null],
  ["retryable", 3, 25, BEGAN + 3 * HOUR, longAgo, null],
  // One due before it was added, one due before its last start, and one from a clock that is ahead.
  ["available", 0, 25, longAgo - HOUR, null, null, longAgo + 100],
  ["retryable", 1, 25, longAgo - HOUR, longAgo + 50, null],
  ["available", 0, 25, longAgo, null, null, BEGAN + HOUR],
  ["running", 1, 25, longAgo, longAgo + 60_250, null],
  ["running", 25, 25, longAgo, longAgo + 60_000, null],
  ["running", 1, 1, longAgo, null, null],
  ["completed", 2, 25, longAgo, longAgo, longAgo],
  ["completed", 1, 25, longAgo, longAgo, longAgo],
  ["discarded", 25, 25, longAgo, longAgo, longAgo],
  ["discarded", 1, 25, longAgo, longAgo, longAgo],
  ["cancelled", 0, 25, longAgo, null, longAgo],
];

function expectJobs({ parts }: Snapshot) {
  if (!parts.queue?.ok) throw new Error(JSON.stringify(parts.queue));
  const { counts, historyAsOfMs, ...rest } = parts.queue.value;
  expect(counts.toSorted((a, b) => (String(a.nativeStatus) < String(b.nativeStatus) ? -1 : 1))).toEqual([
    { status: "queued", nativeStatus: "available", jobs: 4 },
    { status: "cancelled", nativeStatus: "cancelled", jobs: 1 },
    { status: "done", nativeStatus: "completed", jobs: 2 },
    { status: "failed", nativeStatus: "discarded", jobs: 2 },
    { status: "queued", nativeStatus: "pending", jobs: 1 },
    { status: "queued", nativeStatus: "retryable", jobs: 2 },
    { status: "running", nativeStatus: "running", jobs: 3 },
    { status: "queued", nativeStatus: "scheduled", jobs: 2 },
  ]);
  expect(historyAsOfMs).toBeGreaterThanOrEqual(BEGAN);
  expect(rest).toEqual({
    unreported: [],
    oldestQueuedAtMs: longAgo + 7,
    oldestRunningAtMs: longAgo + 60_000,
    delayedJobs: 3,
    nextAvailableAtMs: BEGAN + HOUR,
    retries: { retriedJobs: 4, attemptsTotal: 60, exhaustedJobs: 1, waitingRetry: 2 },
  });
  const running = { taskId: null, kind: "mail" };
  expect(parts.runningJobs).toEqual({
    ok: true,
    value: [
      { ...running, jobId: "12", startedAtMs: null, attempts: 1, maxAttempts: 1 },
      { ...running, jobId: "11", startedAtMs: longAgo + 60_000, attempts: 25, maxAttempts: 25 },
      { ...running, jobId: "10", startedAtMs: longAgo + 60_250, attempts: 1, maxAttempts: 25 },
    ],
  });
  for (const name of ["stages", "breakers", "gates", "agents", "cost"] as const)
    expect(parts[name]).toMatchObject({ ok: false, failure: { code: "unimplemented" } });
}

describe("the River profile", () => {
  it("reports the jobs on SQLite without a full table scan", async () => {
    using database = createDatabase({ schema: schema("river.schema.sql") });
    const time = (milliseconds: number | null) => (milliseconds === null ? null : at(milliseconds));
    for (const [state, attempt, max_attempts, scheduled, attempted, finalized, created] of JOBS) {
      const times = {
        scheduled_at: at(scheduled),
        attempted_at: time(attempted),
        finalized_at: time(finalized),
        created_at: at(created ?? longAgo - HOUR),
      };
      database.insert("river_job", { kind: "mail", state, attempt, max_attempts, ...times });
    }
    const profile = loadProfile("river", "sqlite");
    const repository = openSqliteRepository({ databasePath: database.path, profile, deadlineSeconds: 30 });
    try {
      expectJobs(await repository.read(PART_NAMES));
      const examined = await repository.examine?.();
      expect(examined?.map(({ section, problems, scans }) => [section, problems, scans])).toEqual([
        ["jobs", [], false],
      ]);
    } finally {
      await repository.close();
    }
  });

  it("reports the jobs on PostgreSQL", async () => {
    await using server = await startPostgresql();
    const database = await server.createDatabase();
    await server.exec(schema("river.postgresql.schema.sql"), database);
    const time = (milliseconds: number | null) =>
      milliseconds === null ? "NULL" : `'${new Date(milliseconds).toISOString()}'`;
    const rows = JOBS.map(
      ([state, attempt, max, scheduled, attempted, finalized, created = longAgo - HOUR]) =>
        `('mail', '${state}', ${attempt}, ${max}, ${[scheduled, attempted, finalized, created].map(time).join(", ")})`,
    );
    await server.exec(
      `INSERT INTO river_job (kind, state, attempt, max_attempts, scheduled_at, attempted_at, finalized_at, created_at)
       VALUES ${rows.join(", ")}`,
      database,
    );
    const profile = loadProfile("river", "postgresql");
    const leftOut = new Set<string>();
    const onLeftOut = (message: string) => void leftOut.add(message);
    const repository = openPostgresqlRepository({ url: server.url({ database }), profile, onLeftOut });
    try {
      expectJobs(await repository.read(PART_NAMES));
      expect(leftOut).toEqual(new Set());
      // These are parked for good and beyond any calendar: a Timestamp ends with the year 9999.
      for (const parked of ["infinity", "12000-01-01"]) {
        await server.exec(
          `UPDATE river_job SET scheduled_at = '${parked}' WHERE scheduled_at > now()`,
          database,
        );
        const { queue } = (await repository.read(["queue"])).parts;
        expect(queue).toMatchObject({ ok: true, value: { delayedJobs: 3, nextAvailableAtMs: null } });
        expect(queue?.ok && queue.value.counts.reduce((sum, { jobs }) => sum + jobs, 0)).toBe(JOBS.length);
      }
      expect([...leftOut]).toEqual([
        "column available_at of jobs holds a time that cannot be read: the field is omitted",
      ]);
    } finally {
      await repository.close();
    }
  });
});
