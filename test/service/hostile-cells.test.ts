/** Cells that fit SQLite and no envelope: their own section says so, and the others answer. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createDatabase, job, run, task } from "../support/database.ts";
import { eventually } from "../support/service.ts";
import { startInProcess } from "./in-process.ts";
import { type SharedService, startShared } from "./shared-service.ts";

let program: SharedService;
beforeAll(async () => {
  program = await startShared();
});
afterAll(() => program?.[Symbol.asyncDispose]());

describe("a name that every JavaScript object has", () => {
  it("is a stage and a status like any other", async () => {
    const database = program.database();
    for (const [index, name] of ["__proto__", "constructor", "toString"].entries()) {
      database.insert("tasks", task(index + 1, name));
      database.insert("jobs", job(index + 1, name));
    }
    await eventually("it is read", async () => (await program.metrics()).stages?.error === null, 60);
    const { stages, queue } = JSON.parse(await (await program.get("/metrics")).text());
    const each = Object.fromEntries([
      ["__proto__", 1],
      ["constructor", 1],
      ["toString", 1],
    ]);
    expect(Object.entries(stages.counts)).toEqual(Object.entries(each));
    expect(Object.entries(queue.native_counts)).toEqual(expect.arrayContaining(Object.entries(each)));
  });
});

describe("a cell out of range", () => {
  const cases = [
    ["a time after the year 9999", "UPDATE tasks SET stage_entered_at = 9e14", "stages", "entered_at_ms"],
    ["more attempts than 32 bits hold", "UPDATE jobs SET attempts = 4294967296", "queue.running", "attempts"],
  ] as const;
  it.each(cases)("%s is told in its own section, as JSON and in binary", async (_, sql, part, word) => {
    const database = program.database();
    database.insert("tasks", task(1, "review"));
    database.insert("jobs", job(1, "running", { started_at: "2026-01-31T12:00:00.000Z" }));
    database.insert("agent_runs", run(1));
    database.connection.exec(sql);
    await eventually("it is read", async () => (await program.metrics()).cost?.error === null, 60);
    const envelope = await program.metrics();
    const broken = part === "stages" ? envelope.stages?.error : envelope.queue?.running?.error;
    expect(broken).toMatchObject({ code: "data_loss", message: expect.stringContaining(word) });
    expect(envelope.agents?.error).toBeNull();
    const rpc = "/orchestrator.metrics.v1.MetricsService/GetMetrics?encoding=proto&message=&connect=v1";
    expect((await program.get(rpc)).status).toBe(200);
  });
});

describe("a key of history that is text", () => {
  it("is told by its column, as what stands in the database and not as a bug", async () => {
    using database = createDatabase();
    database.connection.exec(
      "CREATE TABLE work (id, state, open); CREATE INDEX work_id ON work (id); CREATE INDEX work_open ON work (open)",
    );
    const profile = join(database.directory, "work.sql");
    writeFileSync(
      profile,
      `-- dialect: sqlite
-- name: job_history
SELECT id AS job_key, state AS status, state AS native_status, NULL AS attempts, NULL AS max_attempts, open AS is_open
FROM work
`,
    );
    await using service = await startInProcess(database.path, { args: ["--profile", profile] });
    for (const [id, open] of [
      ["seven", 0n],
      ["seven", 1n],
      ["7 ", 1n],
    ] as const) {
      database.connection.exec("DELETE FROM work");
      database.insert("work", { id, state: "queued", open });
      await eventually(
        "it is told",
        async () => (await service.metrics()).queue?.error?.code === "data_loss",
        20,
      );
      expect((await service.metrics()).queue?.error?.message).toBe(
        "column job_key holds text where a whole number is expected",
      );
    }
    database.connection.exec("DELETE FROM work");
    database.insert("work", { id: 7n, state: "queued", open: 1n });
    await eventually("it can be read again", async () => (await service.metrics()).queue?.error === null, 60);
    expect(service.log()).not.toContain('"level":50');
  });
});
