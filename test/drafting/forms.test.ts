/**
 * Drafts for the formats in which systems store times, keys, prices and states. The service reads the result.
 */
import { describe, expect, it } from "vitest";
import type { Profile } from "../../src/profiles/profile.ts";
import { readHere } from "../profiles/attacks.ts";
import { createDatabase } from "../support/database.ts";
import { draftedFrom, problemsOf } from "./drafting.ts";

const AT = Date.UTC(2026, 10, 26, 10, 0, 0);
const TEXT = "2026-11-26 10:00:00";

async function read(path: string, profile: Profile) {
  const { parts } = await readHere(path, profile, ["queue", "runningJobs", "agents", "cost"]);
  const { queue, runningJobs, agents, cost } = parts;
  if (!queue?.ok || !runningJobs?.ok) throw new Error(JSON.stringify(parts));
  const counts: Record<string, number> = {};
  for (const { status, jobs } of queue.value.counts) counts[status] = (counts[status] ?? 0) + jobs;
  return {
    counts,
    running: runningJobs.value,
    agents: agents?.ok ? agents.value.running : [],
    cost: cost?.ok ? cost.value.byAgentModel : [],
  };
}

describe("a draft's times", () => {
  const FORMS: readonly (readonly [form: string, value: string | number, doubt?: string])[] = [
    ["seconds", AT / 1000],
    ["fractions of seconds", AT / 1000 + 0.25],
    ["milliseconds", AT],
    ["microseconds", AT * 1000],
    ["nanoseconds", AT * 1_000_000],
    ["text without a zone", TEXT, "times assumed in UTC"],
    ["text with a zone", "2026-11-26T12:00:00.000+02:00"],
  ];
  for (const [form, value, doubt] of FORMS) {
    it(`are read from ${form}`, async () => {
      using database = createDatabase({
        schema: "CREATE TABLE jobs (id INTEGER PRIMARY KEY, status TEXT, started_at, finished_at)",
      });
      database.insert(
        "jobs",
        { status: "running", started_at: value },
        { status: "done", started_at: value, finished_at: value },
      );
      const { profile, text } = await draftedFrom(database.path);
      expect(problemsOf(database.path, profile)).toEqual([]);
      const [running] = (await read(database.path, profile)).running;
      expect(Math.floor((running?.startedAtMs ?? 0) / 1000)).toBe(AT / 1000);
      if (doubt) expect(text).toContain(`-- unsure: ${doubt}`);
      else expect(text).not.toContain("times assumed in UTC");
    });
  }

  it("are omitted if the values are not times", async () => {
    using database = createDatabase({
      schema:
        "CREATE TABLE jobs (id INTEGER PRIMARY KEY, status TEXT, started INTEGER, finished INTEGER, end_time TEXT)",
    });
    database.insert("jobs", { status: "running", started: 1, finished: 0, end_time: "later" });
    const { profile, text } = await draftedFrom(database.path);
    expect(text).toContain("-- unsure: not times, and left out: started, finished");
    expect(text).not.toContain("AS started_at");
    expect(problemsOf(database.path, profile)).toEqual([]);
  });
});

describe("a draft", () => {
  it("derives the states of a table without a status from its times", async () => {
    using database = createDatabase({
      schema: `CREATE TABLE jobs (id BLOB PRIMARY KEY, queue TEXT, run_at TEXT, locked_at TEXT, failed_at TEXT, finished_at TEXT);
        INSERT INTO jobs VALUES (x'01', 'q', '${TEXT}', NULL, NULL, NULL), (x'02', 'q', NULL, '${TEXT}', NULL, NULL),
          (x'03', 'q', NULL, '${TEXT}', '${TEXT}', NULL), (x'0A', 'q', NULL, '${TEXT}', NULL, '${TEXT}')`,
    });
    const { profile, text } = await draftedFrom(database.path);
    expect(problemsOf(database.path, profile)).toEqual([]);
    expect(text).toContain("lower(hex(id)) AS job_key");
    expect(profile.unreportedStatuses).toEqual(["cancelled"]);
    const { counts, running } = await read(database.path, profile);
    expect(counts).toEqual({ queued: 1, running: 1, failed: 1, done: 1 });
    expect(running).toMatchObject([{ jobId: "02", startedAtMs: AT }]);
  });

  it("maps each status word, and marks guesses", async () => {
    using database = createDatabase({ schema: "CREATE TABLE jobs (id INTEGER PRIMARY KEY, status TEXT)" });
    const words = [
      "TODO",
      "inProgress",
      "in_review",
      "timed_out",
      "partial-succeeded",
      "CANCELED",
      "up_for_retry",
      "waiting",
    ];
    database.insert("jobs", ...words.map((status) => ({ status })), { status: null });
    const { profile, text } = await draftedFrom(database.path);
    expect(text.match(/WHEN .*/g)).toEqual([
      "WHEN 'TODO' THEN 'queued'",
      "WHEN 'inProgress' THEN 'running'",
      "WHEN 'timed_out' THEN 'failed'",
      "WHEN 'partial-succeeded' THEN 'done' -- unsure",
      "WHEN 'CANCELED' THEN 'cancelled'",
      "WHEN 'up_for_retry' THEN 'queued'",
      "WHEN 'waiting' THEN 'queued' -- unsure",
    ]);
    expect(text).toContain("-- unsure: status: 'in_review' counts as other");
    expect(text).toContain("-- unsure: status is NULL in some rows");
    expect((await read(database.path, profile)).counts).toEqual({
      queued: 3,
      running: 1,
      done: 1,
      failed: 1,
      cancelled: 1,
      other: 2,
    });
  });

  it("lists runs with their processes and cost", async () => {
    using database = createDatabase({
      schema: `CREATE TABLE runs (id TEXT PRIMARY KEY, agentName TEXT, model TEXT, workerPid INTEGER, hostName TEXT, state TEXT,
        startedAt INTEGER, lastHeartbeatAt INTEGER, logFile TEXT, promptTokens INTEGER, completionTokens INTEGER,
        costCents INTEGER NOT NULL DEFAULT 0, isDeleted BOOLEAN NOT NULL DEFAULT 0)`,
    });
    const run = {
      agentName: "coder",
      model: "m",
      hostName: "h",
      startedAt: AT / 1000,
      lastHeartbeatAt: AT,
      logFile: "/l",
    };
    database.insert(
      "runs",
      {
        ...run,
        id: "a",
        state: "running",
        workerPid: 7,
        promptTokens: 5,
        completionTokens: 2,
        costCents: 150,
      },
      { ...run, id: "b", state: "done", workerPid: 8 },
      { ...run, id: "c", state: "running", isDeleted: 1 },
    );
    const { profile, text } = await draftedFrom(database.path);
    expect(problemsOf(database.path, profile)).toEqual([]);
    expect(text).toContain("-- unsure: rows with isDeleted are left out");
    const { agents, cost } = await read(database.path, profile);
    expect(agents).toMatchObject([
      {
        runId: "a",
        agent: "coder",
        model: "m",
        pid: 7,
        host: "h",
        startedAtMs: AT,
        heartbeatAtMs: AT,
        logPath: "/l",
      },
    ]);
    expect(cost).toMatchObject([
      {
        agent: "coder",
        model: "m",
        usage: { runs: 2, pricedRuns: 1, costUsd: 1.5, inputTokens: 5, outputTokens: 2 },
      },
    ]);
  });

  it("counts the first start if the source counts retries", async () => {
    using database = createDatabase({
      schema:
        "CREATE TABLE jobs (id INTEGER PRIMARY KEY, status TEXT, retry_count INTEGER, max_retries INTEGER)",
    });
    database.insert("jobs", { status: "running", retry_count: 2, max_retries: 3 });
    const { profile, text } = await draftedFrom(database.path);
    expect(text).toContain("-- unsure: retry_count does not count the first start");
    expect((await read(database.path, profile)).running).toMatchObject([{ attempts: 3, maxAttempts: 4 }]);
  });
});
