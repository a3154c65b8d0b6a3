/** The Prefect profile over flow runs in every state type. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { loadProfile } from "../../src/profiles/shipped.ts";
import { NOT_REPORTED, type Parts } from "../../src/repositories/repository.ts";
import { PART_NAMES } from "../../src/repositories/sql/read-parts.ts";
import { openSqliteRepository } from "../../src/repositories/sqlite/open.ts";
import { createDatabase } from "../support/database.ts";
import { BEGAN, fill, HOUR, id, longAgo } from "./prefect.rows.ts";

const SCHEMA = readFileSync(new URL("prefect.schema.sql", import.meta.url), "utf8");

const task = (number: number, stage: string): Parts["stages"]["tasks"][number] => ({
  taskId: id(number),
  workItem: `run-${number}`,
  stage,
  enteredAtMs: longAgo + number,
  title: "nightly",
});

const job = (number: number, startedAtMs: number, attempts: number, maxAttempts: number | null) => ({
  jobId: id(number),
  taskId: id(number),
  kind: "nightly",
  startedAtMs,
  attempts,
  maxAttempts,
});

const agent = (
  number: number,
  startedAtMs: number,
  stage: string,
  jobStatus: string,
  pid: number | null,
) => ({
  runId: id(number),
  taskId: id(number),
  jobId: id(number),
  agent: "nightly",
  model: null,
  pid,
  host: null,
  startedAtMs,
  heartbeatAtMs: null,
  progressAtMs: null,
  contextTokens: null,
  contextWindowTokens: null,
  openFile: null,
  cwd: null,
  program: null,
  sharesProcess: null,
  logPath: null,
  taskStage: stage,
  jobStatus,
  ...NOT_REPORTED,
});

describe("the Prefect profile", () => {
  it("reports the flow runs as tasks, jobs and agents, and the limits", async () => {
    using database = createDatabase({ schema: SCHEMA });
    fill(database);
    const profile = loadProfile("prefect", "sqlite");
    const repository = openSqliteRepository({ databasePath: database.path, profile, deadlineSeconds: 30 });
    try {
      const { parts } = await repository.read(PART_NAMES);
      expect(parts.stages).toEqual({
        ok: true,
        value: {
          counts: [
            "AwaitingRetry",
            "Cancelling",
            "Late",
            "Pending",
            "RUNNING",
            "Running",
            "Scheduled",
            "Suspended",
          ].map((stage) => ({ stage, tasks: 1 })),
          tasks: [
            "Scheduled",
            "Late",
            "AwaitingRetry",
            "Pending",
            "Running",
            "RUNNING",
            "Cancelling",
            "Suspended",
          ].map((stage, number) => task(number, stage)),
        },
      });
      if (!parts.queue?.ok) throw new Error(JSON.stringify(parts.queue));
      const { counts, historyAsOfMs, ...rest } = parts.queue.value;
      expect(counts.toSorted((a, b) => (String(a.nativeStatus) < String(b.nativeStatus) ? -1 : 1))).toEqual([
        { status: "cancelled", nativeStatus: "CANCELLED", jobs: 1 },
        { status: "running", nativeStatus: "CANCELLING", jobs: 1 },
        { status: "done", nativeStatus: "COMPLETED", jobs: 1 },
        { status: "failed", nativeStatus: "CRASHED", jobs: 1 },
        { status: "failed", nativeStatus: "FAILED", jobs: 3 },
        { status: "other", nativeStatus: "PAUSED", jobs: 1 },
        { status: "queued", nativeStatus: "PENDING", jobs: 1 },
        { status: "running", nativeStatus: "RUNNING", jobs: 2 },
        { status: "queued", nativeStatus: "SCHEDULED", jobs: 3 },
        { status: "other", nativeStatus: null, jobs: 1 },
      ]);
      expect(historyAsOfMs).toBeGreaterThanOrEqual(BEGAN);
      expect(rest).toEqual({
        unreported: [],
        oldestQueuedAtMs: longAgo + 7,
        oldestRunningAtMs: longAgo - 250,
        delayedJobs: 2,
        nextAvailableAtMs: BEGAN + HOUR,
        retries: { retriedJobs: 2, attemptsTotal: 14, exhaustedJobs: 2, waitingRetry: 1 },
      });
      expect(parts.runningJobs).toEqual({
        ok: true,
        value: [job(6, longAgo - 250, 1, null), job(4, longAgo + 4, 2, 4), job(5, longAgo + 5, 1, null)],
      });
      expect(parts.agents).toEqual({
        ok: true,
        value: {
          total: 3,
          running: [
            agent(6, longAgo - 250, "Cancelling", "CANCELLING", null),
            agent(4, longAgo + 4, "Running", "RUNNING", 4321),
            agent(5, longAgo + 5, "RUNNING", "RUNNING", null),
          ],
          finished: [13, 12, 11, 10, 9, 8].map((number) => ({
            ...{ runId: id(number), taskId: id(number), agent: "nightly", model: null, exitCode: null },
            ...{
              startedAtMs: null,
              finishedAtMs: longAgo + number,
              ...NOT_REPORTED,
            },
          })),
        },
      });
      const gate = { holderTaskId: null, acquiredAtMs: null };
      if (!parts.gates?.ok) throw new Error(JSON.stringify(parts.gates));
      const [{ waiting = 0 } = {}, ...others] = parts.gates.value;
      expect(waiting).toBeGreaterThan(3_900);
      expect(waiting).toBeLessThanOrEqual(4_000);
      expect(others).toEqual([
        { ...gate, scope: "gpu", waiting: 0 },
        { ...gate, scope: "tag:slow", waiting: 0 },
      ]);
      expect(JSON.stringify(parts)).not.toContain("secret");
      for (const name of ["breakers", "cost"] as const)
        expect(parts[name]).toMatchObject({ ok: false, failure: { code: "unimplemented" } });
      const examined = await repository.examine?.();
      expect(examined?.flatMap(({ problems }) => problems)).toEqual([]);
    } finally {
      await repository.close();
    }
  });
});
