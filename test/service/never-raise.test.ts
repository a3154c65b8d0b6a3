/**
 * Faults produced for real against the running program: the affected section reports an error, the others are
 * returned.
 */
import { renameSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createDatabase, run, type TestDatabase } from "../support/database.ts";
import { INSERT_TASK } from "../support/orchestrator.ts";
import { eventually, type RunningProgram, startProgram, startReady, untilOk } from "../support/service.ts";
import { startInProcess } from "./in-process.ts";
import { type SharedService, startShared } from "./shared-service.ts";

let program: SharedService;
beforeAll(async () => {
  program = await startShared();
});
afterAll(() => program?.[Symbol.asyncDispose]());

describe("only the affected sections report an error without", () => {
  const cases: [string, string, string[]][] = [
    ["tasks", "DROP TABLE tasks", ["stages"]],
    ["jobs", "DROP TABLE jobs", ["queue"]],
    ["agent_runs", "DROP TABLE agent_runs", ["agents", "cost"]],
    ["circuit_breakers", "DROP TABLE circuit_breakers", ["queue.breakers"]],
    ["serial_gates", "DROP TABLE serial_gates", ["queue.gates"]],
    ["jobs.attempts", "ALTER TABLE jobs DROP COLUMN attempts", ["queue"]],
    ["agent_runs.heartbeat_at", "ALTER TABLE agent_runs DROP COLUMN heartbeat_at", ["agents"]],
    ["agent_runs.cost_usd", "ALTER TABLE agent_runs DROP COLUMN cost_usd", ["agents", "cost"]],
  ];
  for (const [what, sql, degraded] of cases) {
    it(what, async () => {
      program.database().connection.exec(`PRAGMA foreign_keys = OFF; ${INSERT_TASK}; ${sql}`);
      const response = await program.get("/metrics");
      expect(response.status).toBe(200);
      const text = await response.text();
      const { stages, queue, agents, cost } = JSON.parse(text);
      const errors = {
        stages,
        queue,
        "queue.breakers": queue.breakers,
        "queue.gates": queue.gates,
        agents,
        cost,
      };
      const broken = Object.entries(errors).filter(([, part]) => part.error !== null);
      expect(broken.map(([name]) => name)).toEqual(degraded);
      for (const [, part] of broken) expect(part.error.code).toBe("failed_precondition");
      expect(text).not.toMatch(/SELECT|orch-metrics-test-|\.ts:/);
    });
  }
});

describe("an unreadable database", () => {
  it("fails every section with HTTP 200, and the sections recover on their own", async () => {
    const { connection } = program.database({ journal: "delete" });
    connection.exec(`${INSERT_TASK}; BEGIN EXCLUSIVE`);
    expect((await program.get("/metrics")).status).toBe(200);
    const locked = await program.metrics();
    for (const section of [locked.stages, locked.queue, locked.queue?.breakers, locked.agents, locked.cost]) {
      expect(section?.error).toMatchObject({
        code: "unavailable",
        message: expect.stringContaining("locked"),
      });
    }
    expect(locked.cost?.totals).toBeNull();
    expect((await program.get("/ready")).status).toBe(503);
    expect((await program.get("/health")).status).toBe(200);
    expect((await program.get("/status")).status).toBe(503);
    connection.exec("COMMIT");
    expect((await program.metrics()).stages).toMatchObject({ error: null, counts: { review: 1 } });
    expect((await program.get("/ready")).status).toBe(200);
  });

  it("is retried: missing at startup, it is read once it exists", async () => {
    using database = createDatabase();
    const later = join(database.directory, "later.db");
    await using service = await startProgram(later);
    const refused = await service.get("/ready");
    expect(refused.status).toBe(503);
    expect(await refused.json()).toMatchObject({
      code: "unavailable",
      message: expect.stringContaining("yet"),
    });
    database.connection.exec(`${INSERT_TASK}; VACUUM INTO '${later}'`);
    await eventually("it is read", async () => (await service.metrics()).stages?.error === null);
    expect((await service.get("/ready")).status).toBe(200);
    expect(service.log()).not.toContain(later);
  });
});

describe("the log", () => {
  let database: TestDatabase;
  let service: RunningProgram;
  beforeAll(async () => {
    database = createDatabase();
    service = await startReady(database.path);
    await untilOk(service);
  });
  afterAll(async () => {
    await service?.[Symbol.asyncDispose]();
    database?.[Symbol.dispose]();
  });

  /** Runs `work`, which ends with every section readable `times` times, and returns the lines that it logs. */
  async function linesOf(work: () => Promise<void>, times = 1) {
    const before = service.log().length;
    await work();
    const lines = () =>
      service
        .log()
        .slice(before)
        .split("\n")
        .slice(0, -1)
        .filter((line) => /can(not)? be read: |can be read again/.test(line));
    await eventually(
      "the log says that it can be read again",
      () => lines().filter((line) => line.includes("can be read again")).length >= times,
    );
    return lines().map((line) => JSON.parse(line));
  }

  it("has one line when a section fails, one when it recovers, and none per request", async () => {
    const lines = await linesOf(async () => {
      database.connection.exec("ALTER TABLE serial_gates RENAME TO moved");
      for (let call = 0; call < 3; call += 1) await service.metrics();
      database.connection.exec("ALTER TABLE moved RENAME TO serial_gates");
      for (let call = 0; call < 3; call += 1) await service.metrics();
    });
    expect(lines).toHaveLength(2);
    expect(lines[0]).toMatchObject({ section: "queue.gates", code: "failed_precondition" });
    expect(lines[1]).toMatchObject({ section: "queue.gates", msg: "queue.gates can be read again" });
  });

  it("has one line for all sections each time the database disappears and returns", async () => {
    const lines = await linesOf(async () => {
      for (let flip = 0; flip < 2; flip += 1) {
        renameSync(database.path, `${database.path}.away`);
        for (let call = 0; call < 3; call += 1)
          expect((await service.metrics()).stages?.error?.code).toBe("unavailable");
        renameSync(`${database.path}.away`, database.path);
        await untilOk(service);
      }
    }, 2);
    const away = {
      level: 40,
      code: "unavailable",
      msg: expect.stringMatching(/^no section can be read: there is no database/),
    };
    const back = { level: 30, msg: "every section can be read again" };
    expect(lines).toMatchObject([away, back, away, back]);
  });

  it("names the sections that fail together if the others are readable", async () => {
    const lines = await linesOf(async () => {
      database.connection.exec("ALTER TABLE agent_runs RENAME TO moved");
      await service.metrics();
      database.connection.exec("ALTER TABLE moved RENAME TO agent_runs");
      await untilOk(service);
    });
    expect(lines.map(({ msg }) => msg)).toEqual([
      "agents, cost cannot be read: the database has no table agent_runs",
      "agents, cost can be read again",
    ]);
  });
});

describe("procfs", () => {
  it("that is missing leaves presence unknown and affects nothing else", async () => {
    using database = createDatabase();
    database.insert("agent_runs", run(1, { pid: process.pid }));
    await using service = await startInProcess(database.path, { args: ["--proc-root", database.directory] });
    const envelope = await service.metrics();
    expect(envelope).toMatchObject({ clk_tck: 0, boot_id: "" });
    expect(envelope.agents).toMatchObject({
      error: null,
      running: [{ presence: "unknown", cpu_ticks: null, process: null }],
    });
  });
});
