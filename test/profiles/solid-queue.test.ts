/** The Solid Queue profile over jobs in every table that determines a status. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { loadProfile } from "../../src/profiles/shipped.ts";
import { NOT_REPORTED } from "../../src/repositories/repository.ts";
import { PART_NAMES } from "../../src/repositories/sql/read-parts.ts";
import { openSqliteRepository } from "../../src/repositories/sqlite/open.ts";
import { createDatabase, type Row, type TestDatabase } from "../support/database.ts";

const SCHEMA = readFileSync(new URL("solid-queue.schema.sql", import.meta.url), "utf8");

const BEGAN = Date.now();
const HOUR = 3_600_000;
const longAgo = Date.UTC(2026, 7, 1, 10, 0, 0);

/** Formats a time as Active Record does on SQLite: UTC without a zone, six fractional digits. */
const at = (milliseconds: number) =>
  new Date(milliseconds).toISOString().replace("T", " ").replace("Z", "000");

function fill(database: TestDatabase) {
  const times = { created_at: at(longAgo), updated_at: at(longAgo) };
  const job = (id: number, more: Row = {}) => {
    const row = { id, queue_name: "default", class_name: "MailJob", arguments: '{"executions":0}', ...times };
    database.insert("solid_queue_jobs", { ...row, ...more });
  };
  const execution = (table: string, job_id: number, created: number, more: Row = {}) =>
    database.insert(`solid_queue_${table}_executions`, { job_id, created_at: at(created), ...more });
  const queued = { queue_name: "default" };

  database.insert("solid_queue_processes", {
    id: 5,
    kind: "Worker",
    name: "worker-1",
    pid: 4321,
    hostname: "web-1",
    last_heartbeat_at: at(longAgo + 90_000),
    created_at: at(longAgo),
  });
  job(1, { finished_at: at(longAgo) });
  job(2);
  execution("failed", 2, longAgo, { error: '{"message":"the secret error"}' });
  job(3, { arguments: '{"executions":2,"arguments":["secret"]}', concurrency_key: "MailJob/1" });
  execution("claimed", 3, longAgo + 60_250, { process_id: 5 });
  // Its worker is gone, and its arguments are not Active Job's.
  job(4, { arguments: "{secret" });
  execution("claimed", 4, longAgo + 60_000, { process_id: 99 });
  job(5, { arguments: null, concurrency_key: "MailJob/1" });
  execution("claimed", 5, longAgo + 70_000, { process_id: null });
  job(6);
  execution("ready", 6, longAgo + 500, queued);
  job(7);
  execution("scheduled", 7, longAgo, { ...queued, scheduled_at: at(BEGAN + HOUR) });
  job(8);
  execution("scheduled", 8, longAgo, { ...queued, scheduled_at: at(longAgo + 7) });
  const blocked = { ...queued, concurrency_key: "MailJob/1", expires_at: at(BEGAN) };
  for (const id of [9, 10]) {
    job(id, { concurrency_key: "MailJob/1" });
    execution("blocked", id, longAgo, blocked);
  }
  job(11);
  const semaphore = { expires_at: at(BEGAN), ...times };
  database.insert("solid_queue_semaphores", { key: "MailJob/1", value: 0, ...semaphore });
  database.insert("solid_queue_semaphores", { key: "MailJob/2", value: 1, ...semaphore });
}

const running = (jobId: string, milliseconds: number, attempts: number | null) => ({
  jobId,
  taskId: null,
  kind: "MailJob",
  startedAtMs: longAgo + milliseconds,
  attempts,
  maxAttempts: null,
});

const agent = (id: string, milliseconds: number, worker = {}) => ({
  runId: id,
  taskId: null,
  jobId: id,
  agent: "MailJob",
  model: null,
  pid: null,
  host: null,
  startedAtMs: longAgo + milliseconds,
  heartbeatAtMs: null,
  progressAtMs: null,
  contextTokens: null,
  contextWindowTokens: null,
  openFile: null,
  cwd: null,
  program: null,
  sharesProcess: null,
  logPath: null,
  taskStage: null,
  jobStatus: "claimed",
  ...NOT_REPORTED,
  ...worker,
});

describe("the Solid Queue profile", () => {
  it("reports a job's status from the table that contains it, and the worker that runs it", async () => {
    using database = createDatabase({ schema: SCHEMA });
    fill(database);
    const profile = loadProfile("solid-queue", "sqlite");
    const repository = openSqliteRepository({ databasePath: database.path, profile, deadlineSeconds: 30 });
    try {
      const { parts } = await repository.read(PART_NAMES);
      if (!parts.queue?.ok || !parts.agents?.ok) throw new Error(JSON.stringify(parts));
      const { counts, historyAsOfMs, ...rest } = parts.queue.value;
      expect(counts.toSorted((a, b) => (String(a.nativeStatus) < String(b.nativeStatus) ? -1 : 1))).toEqual([
        { status: "queued", nativeStatus: "blocked", jobs: 2 },
        { status: "running", nativeStatus: "claimed", jobs: 3 },
        { status: "failed", nativeStatus: "failed", jobs: 1 },
        { status: "done", nativeStatus: "finished", jobs: 1 },
        { status: "other", nativeStatus: "none", jobs: 1 },
        { status: "queued", nativeStatus: "ready", jobs: 1 },
        { status: "queued", nativeStatus: "scheduled", jobs: 2 },
      ]);
      expect(historyAsOfMs).toBeGreaterThanOrEqual(BEGAN);
      expect(rest).toEqual({
        unreported: ["cancelled"],
        oldestQueuedAtMs: longAgo + 7,
        oldestRunningAtMs: longAgo + 60_000,
        delayedJobs: 1,
        nextAvailableAtMs: BEGAN + HOUR,
        retries: null,
      });
      expect(parts.runningJobs).toEqual({
        ok: true,
        value: [running("4", 60_000, null), running("3", 60_250, 3), running("5", 70_000, null)],
      });
      expect(parts.gates).toEqual({
        ok: true,
        value: [
          { scope: "MailJob/1", holderTaskId: "3", acquiredAtMs: longAgo + 60_250, waiting: 2 },
          { scope: "MailJob/2", holderTaskId: null, acquiredAtMs: null, waiting: 0 },
        ],
      });
      expect(parts.agents.value.running).toEqual([
        agent("4", 60_000),
        agent("3", 60_250, { pid: 4321, host: "web-1", heartbeatAtMs: longAgo + 90_000 }),
        agent("5", 70_000),
      ]);
      expect(parts.agents.value.finished).toMatchObject([
        { runId: "1", agent: "MailJob", startedAtMs: null, finishedAtMs: longAgo, exitCode: null },
      ]);
      expect(JSON.stringify(parts)).not.toContain("secret");
      for (const name of ["stages", "breakers", "cost"] as const)
        expect(parts[name]).toMatchObject({ ok: false, failure: { code: "unimplemented" } });
      const examined = await repository.examine?.();
      expect(examined?.flatMap(({ problems }) => problems)).toEqual([]);
      expect(examined?.find(({ section }) => section === "job_history")).toMatchObject({ scans: false });
    } finally {
      await repository.close();
    }
  });
});
