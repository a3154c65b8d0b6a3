/** Each fault, produced for real against the running program: its section says why, the others answer. */
import { renameSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { INSERT_TASK, startOrchestrator } from "../support/orchestrator.ts";
import { eventually, startProgram, untilSound } from "../support/service.ts";

describe("a missing table or column degrades what it concerns, and nothing else", () => {
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
      await using orchestrator = await startOrchestrator();
      await orchestrator.exec(`PRAGMA foreign_keys = OFF; ${INSERT_TASK}; ${sql}`);
      await using program = await startProgram(orchestrator.path);
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

describe("a database that cannot be read at all", () => {
  it("leaves every section broken, HTTP 200, and heals by itself", async () => {
    await using orchestrator = await startOrchestrator({ journal: "delete" });
    await orchestrator.exec(`${INSERT_TASK}; BEGIN EXCLUSIVE`);
    await using program = await startProgram(orchestrator.path);
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
    await orchestrator.exec("COMMIT");
    expect((await program.metrics()).stages).toMatchObject({ error: null, counts: { review: 1 } });
    expect((await program.get("/ready")).status).toBe(200);
  });

  it("is waited for: absent at the start, read once it is there", async () => {
    await using orchestrator = await startOrchestrator();
    const later = `${orchestrator.directory}/later.db`;
    await using program = await startProgram(later);
    const refused = await program.get("/ready");
    expect(refused.status).toBe(503);
    expect(await refused.json()).toMatchObject({
      code: "unavailable",
      message: expect.stringContaining("yet"),
    });
    await orchestrator.exec(`${INSERT_TASK}; VACUUM INTO '${later}'`);
    await eventually("it is read", async () => (await program.metrics()).stages?.error === null);
    expect((await program.get("/ready")).status).toBe(200);
    expect(program.log()).not.toContain(later);
  });
});

describe("the log", () => {
  it("has one line when a section breaks and one when it is sound again, and none for a request", async () => {
    await using orchestrator = await startOrchestrator();
    await using program = await startProgram(orchestrator.path);
    await program.metrics();
    await orchestrator.exec("ALTER TABLE serial_gates RENAME TO moved");
    for (let call = 0; call < 3; call += 1) await program.metrics();
    await orchestrator.exec("ALTER TABLE moved RENAME TO serial_gates");
    for (let call = 0; call < 3; call += 1) await program.metrics();
    await eventually("the log says so", () => program.log().includes("sound again"));
    const about = program
      .log()
      .split("\n")
      .filter((line) => line.includes("queue.gates"));
    expect(about).toHaveLength(2);
    expect(JSON.parse(about[0] ?? "")).toMatchObject({ section: "queue.gates", code: "failed_precondition" });
  });
});

describe("the log of a database that goes away and comes back", () => {
  it("has one line for all sections each time, however many ask", async () => {
    await using orchestrator = await startOrchestrator();
    await orchestrator.exec(INSERT_TASK);
    await using program = await startProgram(orchestrator.path);
    await untilSound(program);
    for (let flip = 0; flip < 2; flip += 1) {
      renameSync(orchestrator.path, `${orchestrator.path}.away`);
      for (let call = 0; call < 3; call += 1)
        expect((await program.metrics()).stages?.error?.code).toBe("unavailable");
      renameSync(`${orchestrator.path}.away`, orchestrator.path);
      await untilSound(program);
    }
    const lines = () =>
      program
        .log()
        .split("\n")
        .filter((line) => /can(not)? be read: |sound again/.test(line))
        .map((line) => JSON.parse(line));
    await eventually("the log says so", () => lines().at(-1)?.level === 30);
    const away = {
      level: 40,
      code: "unavailable",
      msg: expect.stringMatching(/^no section can be read: there is no database/),
    };
    const back = { level: 30, msg: "every section is sound again" };
    expect(lines()).toMatchObject([away, back, away, back]);
  });

  it("names those that break together where the others are sound", async () => {
    await using orchestrator = await startOrchestrator();
    await using program = await startProgram(orchestrator.path);
    await untilSound(program);
    await orchestrator.exec("ALTER TABLE agent_runs RENAME TO moved");
    await program.metrics();
    await orchestrator.exec("ALTER TABLE moved RENAME TO agent_runs");
    await untilSound(program);
    await eventually("the log says so", () => program.log().includes("sound again"));
    const lines = program.log().match(/"msg":"[^"]*agents[^"]*"/g);
    expect(lines).toEqual([
      '"msg":"agents, cost cannot be read: the database has no table agent_runs"',
      '"msg":"agents, cost are sound again"',
    ]);
  });
});

describe("procfs", () => {
  it("that is not there leaves presence unknown and everything else sound", async () => {
    await using orchestrator = await startOrchestrator();
    await orchestrator.exec(
      `INSERT INTO agent_runs (agent, pid, started_at) VALUES ('a', ${process.pid}, '2026-01-31T12:00:00.000Z')`,
    );
    await using program = await startProgram(orchestrator.path, {
      args: ["--proc-root", orchestrator.directory],
    });
    const envelope = await program.metrics();
    expect(envelope).toMatchObject({ clk_tck: 0, boot_id: "" });
    expect(envelope.agents).toMatchObject({
      error: null,
      running: [{ presence: "unknown", cpu_ticks: null, process: null }],
    });
  });
});
