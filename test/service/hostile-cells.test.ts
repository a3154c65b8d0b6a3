/**
 * Values that SQLite stores and an envelope cannot hold affect only their own field or section. Nothing is
 * merged or lost.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createDatabase, job, run, SCHEMA, task } from "../support/database.ts";
import { eventually } from "../support/service.ts";
import { startInProcess } from "./in-process.ts";
import { type SharedService, startShared } from "./shared-service.ts";

let program: SharedService;
beforeAll(async () => {
  program = await startShared();
});
afterAll(() => program?.[Symbol.asyncDispose]());

describe("a name that is also a property of every JavaScript object", () => {
  it("is an ordinary stage and status", async () => {
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

describe("a number or time that is out of range for its field", () => {
  const times = ["9e14", "-1", "9e999", "-9e999", "1e300", "'infinity'", "'12000-01-01'", "x'00ff'", "NULL"];
  it.each([false, true])("leaves only its own field empty (stopped: %s)", async (stopped) => {
    const database = program.database();
    for (const [index, time] of times.entries()) {
      database.insert("tasks", task(index + 1, "review"));
      database.insert("jobs", job(index + 1, "running"), job(index + 101, "queued"));
      // Not every column may be NULL. An empty text is not a time either.
      database.connection.exec(
        `UPDATE tasks SET stage_entered_at = ifnull(${time}, '') WHERE id = ${index + 1};
         UPDATE jobs SET started_at = ${time} WHERE id = ${index + 1};
         UPDATE jobs SET available_at = ifnull(${time}, '') WHERE id = ${index + 101}`,
      );
    }
    const numbers = ["4294967296", "1152921504606846976", "-1", "1.5", "9e999", "'many'", "x'00ff'", "2"];
    for (const [index, number] of numbers.entries()) {
      const id = index + 201;
      database.insert("jobs", job(id, "running", { started_at: "2026-01-31T12:00:00.000Z" }));
      database.insert("agent_runs", run(id));
      database.connection.exec(
        `UPDATE jobs SET attempts = ${number} WHERE id = ${id};
         UPDATE agent_runs SET cost_usd = 0.5, input_tokens = ${number} WHERE id = ${id}`,
      );
    }
    for (const cost of ["9e999", "-9e999", "1e300", "'much'", "x'00ff'"])
      database.connection.exec(
        `INSERT INTO agent_runs (agent, started_at, cost_usd) VALUES ('tester', '2026-01-31T12:00:00.000Z', ${cost})`,
      );
    if (stopped) database.stop();
    await eventually("it is read", async () => (await program.metrics()).cost?.error === null, 60);
    const { stages, queue, agents, cost } = await program.metrics();
    for (const part of [stages, queue, queue?.running, agents, cost]) expect(part?.error).toBeNull();
    expect(stages?.counts).toEqual({ review: times.length });
    expect(stages?.tasks?.map((one) => one.stage_entered_at)).toEqual(times.map(() => null));
    const waiting = (queue?.counts?.queued ?? 0) - (queue?.retries?.delayed_jobs ?? 0);
    expect([queue?.counts?.queued, waiting > 0]).toEqual([times.length, true]);
    const attemptsOf = (from: number) =>
      queue?.running?.items?.filter(({ job_id }) => Number(job_id) > from).map(({ attempts }) => attempts);
    expect(attemptsOf(200)).toEqual([...numbers.slice(1).map(() => null), 2]);
    expect(queue?.retries).toMatchObject({ retried_jobs: 1, attempts_total: 2 });
    const byAgent = Object.fromEntries(
      (cost?.by_agent_model ?? []).map(({ agent, usage }) => [agent, usage]),
    );
    expect(byAgent).toMatchObject({
      developer: { runs: numbers.length, cost_usd: 4 },
      tester: { runs: 5, priced_runs: 0 },
    });
    const rpc = "/orchestrator.metrics.v1.MetricsService/GetMetrics?encoding=proto&message=&connect=v1";
    expect((await program.get(rpc)).status).toBe(200);
    const lines = program
      .log()
      .split("\n")
      .filter((line) => line.includes("entered_at of stages holds a time that cannot be read"));
    expect(lines).toHaveLength(1);
  });
});

describe("a text that is not UTF-8", () => {
  const text = (bytes: string) => `CAST(x'${bytes}' AS TEXT)`;
  it.each([false, true])("is distinguished by its bytes (stopped: %s)", async (stopped) => {
    const database = program.database();
    const AT = "'2026-01-31T12:00:00.000Z'";
    // Two that are not UTF-8, one with U+FFFD itself, one with a NUL, a lone surrogate, and a valid one.
    const names = ["636166e9", "636166e8", "636166efbfbd", "6100ff", "eda080", "c3a9e29cacf09f9880"];
    for (const [index, bytes] of names.entries()) {
      database.connection.exec(
        `INSERT INTO tasks VALUES (${index + 1}, 'W', 't', ${text(bytes)}, ${AT}, '', '');
         INSERT INTO jobs (kind, status, available_at, created_at) VALUES (${text(bytes)}, ${text(bytes)}, ${AT}, ${AT});
         INSERT INTO agent_runs (agent, model, started_at, cost_usd) VALUES (${text(bytes)}, 'm', ${AT}, 1);
         INSERT INTO circuit_breakers VALUES (${text(bytes)}, '${index === 0 ? "open" : "closed"}', 7, NULL, NULL, ${AT});
         INSERT INTO serial_gates VALUES (${text(bytes)}, NULL, NULL, ${index})`,
      );
    }
    database.insert("tasks", task(100, "review"));
    database.connection.exec(`INSERT INTO tasks VALUES (101, 'W', 't', ${text("636166e9")}, ${AT}, '', '')`);
    if (stopped) database.stop();
    await eventually("it is read", async () => (await program.metrics()).cost?.error === null, 60);
    const { stages, queue, agents, cost } = await program.metrics();
    const texts = ["caf\\xe9", "caf\\xe8", "caf\uFFFD", "a\0\\xff", "\\xed\\xa0\\x80", "é✬😀"];
    const once = Object.fromEntries(texts.map((name) => [name, 1]));
    expect(stages?.counts).toEqual({ ...once, "caf\\xe9": 2, review: 1 });
    expect(queue?.native_counts).toEqual(once);
    const sorted = (found: readonly (string | undefined)[] = []) => found.toSorted();
    expect(sorted(queue?.breakers?.items?.map(({ name }) => name))).toEqual(sorted(texts));
    expect(sorted(queue?.gates?.items?.map(({ scope }) => scope))).toEqual(sorted(texts));
    expect(sorted(agents?.running?.map(({ agent }) => agent))).toEqual(sorted(texts));
    expect(sorted(cost?.by_agent_model?.map(({ agent }) => agent))).toEqual(sorted(texts));
    const exposition = await (await program.get("/metrics?format=prometheus")).text();
    expect(exposition).toContain('orch_breaker_state{name="caf\\\\xe9",state="open"} 1');
    expect(exposition).toContain('orch_breaker_state{name="caf\\\\xe8",state="open"} 0');
  });

  it("is added to another if they are equal once decoded (UTF-16)", async () => {
    const database = program.database({
      schema: `PRAGMA encoding = 'UTF-16le'; ${SCHEMA}`,
      journal: "delete",
    });
    const AT = "'2026-01-31T12:00:00.000Z'";
    // SQLite reads a lone surrogate before a letter as a pair. The second value is that pair itself.
    for (const [index, bytes] of ["00d84100", "00d841dc", "fdff"].entries())
      database.connection.exec(
        `INSERT INTO tasks VALUES (${index + 1}, 'W', 't', ${text(bytes)}, ${AT}, '', '');
         INSERT INTO circuit_breakers VALUES (${text(bytes)}, '${index === 0 ? "open" : "closed"}', 7, NULL, NULL, ${AT})`,
      );
    const { stages, queue } = await program.metrics();
    expect(Object.values(stages?.counts ?? {}).reduce((sum, count) => sum + count, 0)).toBe(3);
    expect(stages?.counts?.["\uFFFD"]).toBe(1);
    expect(queue?.breakers?.items).toHaveLength(3);
    const lines = (await (await program.get("/metrics?format=prometheus")).text()).split("\n");
    const series = lines.filter((line) => line.startsWith("orch_breaker")).map((line) => line.split("} ")[0]);
    expect(new Set(series).size).toBe(series.length);
  });
});

describe("a text key in a history", () => {
  it("is reported with its column as a data error, not as a bug", async () => {
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
        "it is reported",
        async () => (await service.metrics()).queue?.error?.code === "data_loss",
        20,
      );
      expect((await service.metrics()).queue?.error?.message).toBe(
        "column job_key holds text, but a whole number is expected",
      );
    }
    database.connection.exec("DELETE FROM work");
    database.insert("work", { id: 7n, state: "queued", open: 1n });
    await eventually("it can be read again", async () => (await service.metrics()).queue?.error === null, 60);
    expect(service.log()).not.toContain('"level":50');
  });
});
