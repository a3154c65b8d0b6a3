/** The eleven tests of the original, by name, each against the running program. */
import { spawn, spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { GetMetricsResponseJson } from "../../gen/orchestrator/metrics/v1/metrics_pb.js";
import { ago, createDatabase, job, run, task } from "../support/database.ts";
import { eventually, startProgram } from "../support/service.ts";
import { type SharedService, startShared } from "./shared-service.ts";

let program: SharedService;
/** The service with the switch off. */
let off: SharedService;
beforeAll(async () => {
  [program, off] = await Promise.all([
    startShared({ args: ["--instance", "test-orchestrator"], env: { ORCH_METRICS_ENABLED: "true" } }),
    startShared({ env: { ORCH_METRICS_ENABLED: "Off" } }),
  ]);
});
afterAll(async () => {
  await program?.[Symbol.asyncDispose]();
  await off?.[Symbol.asyncDispose]();
});

describe("TC-01 the envelope", () => {
  it("has a version, a time and four sections without errors", async () => {
    const database = program.database();
    database.insert("tasks", task(1, "development"));
    const before = Date.now();
    const envelope = await program.metrics();
    expect(Object.keys(envelope).sort()).toEqual(
      [
        "schema_version",
        "generated_at",
        "clk_tck",
        "stages",
        "queue",
        "agents",
        "cost",
        "instance",
        "boot_id",
        "source_epoch",
        "collect_seconds",
      ].sort(),
    );
    expect(envelope.schema_version).toBe(1);
    expect(envelope.instance).toBe("test-orchestrator");
    expect(Date.parse(envelope.generated_at as string)).toBeGreaterThanOrEqual(before - 1);
    for (const section of [envelope.stages, envelope.queue, envelope.agents, envelope.cost]) {
      expect(section?.error).toBeNull();
    }
    expect(envelope.boot_id).toBe(readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim());
    expect(envelope.source_epoch).not.toBe("");
    expect(envelope.collect_seconds).toBeGreaterThan(0);
  });
});

describe("TC-02 stages", () => {
  it("omits terminal stages, and lists the task with the longest stage time first", async () => {
    const database = program.database();
    database.insert(
      "tasks",
      task(1, "development", { stage_entered_at: ago(10) }),
      task(2, "development", { stage_entered_at: ago(1000) }),
      task(3, "review", { stage_entered_at: ago(100) }),
      task(4, "done"),
      task(5, "failed"),
      task(6, "cancelled"),
    );
    const { stages } = await program.metrics();
    expect(stages?.counts).toEqual({ development: 2, review: 1 });
    expect(stages?.tasks?.map(({ id }) => id)).toEqual(["2", "3", "1"]);
    expect(stages?.tasks?.[0]?.work_item).toBe("ORCH-002");
    expect(stages?.tasks?.[0]?.stage_seconds).toBeGreaterThan(999);
    expect(stages?.tasks?.[0]?.stage_seconds).toBeLessThan(1010);
    expect(stages?.tasks_omitted).toBe(0);
  });
});

describe("TC-03 the queue", () => {
  it("has all five statuses, the oldest ages and the retries", async () => {
    const database = program.database();
    const inAnHour = ago(-3600);
    database.insert(
      "jobs",
      job(1, "queued", { available_at: ago(50), created_at: ago(500) }),
      job(2, "queued", { available_at: inAnHour, created_at: ago(5000), attempts: 1 }),
      job(3, "running", { started_at: ago(70), attempts: 2 }),
      job(4, "failed", { attempts: 3, max_attempts: 3, finished_at: ago(5) }),
    );
    const { queue } = await program.metrics();
    expect(queue?.counts).toEqual({ queued: 2, running: 1, done: 0, failed: 1, cancelled: 0 });
    expect(queue?.oldest_queued_seconds).toBeGreaterThanOrEqual(50);
    expect(queue?.oldest_queued_seconds).toBeLessThan(60);
    expect(queue?.oldest_running_seconds).toBeGreaterThanOrEqual(70);
    expect(queue?.oldest_running_seconds).toBeLessThan(80);
    expect(queue?.retries).toEqual({
      retried_jobs: 2,
      attempts_total: 6,
      exhausted_jobs: 1,
      delayed_jobs: 1,
      // Protobuf's JSON omits milliseconds that are zero.
      next_available_at: inAnHour.replace(".000Z", "Z"),
      waiting_retry: 1,
    });
    expect(queue?.breakers).toEqual({ error: null, items: [] });
    expect(queue?.gates).toEqual({ error: null, items: [] });
  });
});

describe("TC-04 liveness", () => {
  it("is raw: a busy process's ticks grow between readings", async () => {
    const database = program.database();
    const busy = spawn(process.execPath, ["-e", "for (;;);"]);
    try {
      database.insert("agent_runs", run(1, { pid: busy.pid ?? 0, model: "model-a" }));
      const ticks = async () => (await program.metrics()).agents?.running?.[0]?.cpu_ticks as number;
      const first = await ticks();
      await eventually("the ticks grow by ten", async () => (await ticks()) >= first + 10);
      const agent = (await program.metrics()).agents?.running?.[0];
      const clkTck = Number(spawnSync("getconf", ["CLK_TCK"]).stdout);
      expect((await program.metrics()).clk_tck).toBe(clkTck);
      expect(agent?.presence).toBe("running");
      expect(agent?.process?.state).toMatch(/^[RS]$/);
      expect(agent?.process?.user_ticks).toBeGreaterThan(0);
      expect(agent).not.toHaveProperty("stuck");
    } finally {
      busy.kill("SIGKILL");
    }
  });
});

describe("TC-05 an agent without a pid", () => {
  it("has null ticks and no process", async () => {
    const database = program.database();
    database.insert("agent_runs", run(1, { pid: null }));
    const agent = (await program.metrics()).agents?.running?.[0];
    expect(agent).toMatchObject({ pid: null, cpu_ticks: null, presence: "no_pid", process: null });
  });
});

describe("TC-06 a dead pid", () => {
  it("has null ticks and is gone, and affects nothing else", async () => {
    const database = program.database();
    const { pid } = spawnSync("true");
    database.insert("agent_runs", run(1, { pid }), run(2, { pid: process.pid }));
    const { agents } = await program.metrics();
    expect(agents?.error).toBeNull();
    expect(agents?.running?.[0]).toMatchObject({ pid, cpu_ticks: null, presence: "gone", process: null });
    expect(agents?.running?.[1]).toMatchObject({ pid: process.pid, presence: "running" });
  });
});

describe("TC-07 a missing table", () => {
  it("affects only its own sections", async () => {
    const database = program.database();
    database.insert("tasks", task(1, "review"));
    database.connection.exec("DROP TABLE agent_runs");
    const response = await program.get("/metrics");
    expect(response.status).toBe(200);
    const envelope = (await response.json()) as GetMetricsResponseJson;
    expect(envelope.agents?.error?.code).toBe("failed_precondition");
    expect(envelope.agents?.error?.message).toContain("agent_runs");
    expect(envelope.cost?.error?.code).toBe("failed_precondition");
    expect(envelope.stages).toMatchObject({ error: null, counts: { review: 1 } });
    expect(envelope.queue?.error).toBeNull();
  });

  it("affects only the breakers, not the rest of the queue", async () => {
    const database = program.database();
    database.insert("jobs", job(1, "queued"));
    database.insert("serial_gates", { scope: "repo:orchestrator", waiting: 2 });
    database.connection.exec("DROP TABLE circuit_breakers");
    const { queue } = await program.metrics();
    expect(queue?.error).toBeNull();
    expect(queue?.counts?.queued).toBe(1);
    expect(queue?.breakers?.error?.message).toContain("circuit_breakers");
    expect(queue?.gates).toMatchObject({ error: null, items: [{ scope: "repo:orchestrator", waiting: 2 }] });
  });
});

describe("TC-08 cost", () => {
  it("is the sum of money and tokens over all runs", async () => {
    const database = program.database();
    database.insert(
      "agent_runs",
      run(1, { model: "a", finished_at: ago(1), cost_usd: 0.1, input_tokens: 10, output_tokens: 1 }),
      run(2, { model: "a", finished_at: ago(1), cost_usd: 0.2, input_tokens: 20_000_000_000 }),
      run(3, { agent: "reviewer", model: null, cost_usd: null, cache_read_tokens: 7 }),
    );
    const { cost } = await program.metrics();
    expect(cost?.totals).toEqual({
      runs: 3,
      priced_runs: 2,
      cost_usd: 0.3,
      input_tokens: 20_000_000_010,
      output_tokens: 1,
      cache_read_tokens: 7,
      cache_creation_tokens: null,
    });
    expect(cost?.by_agent_model?.map(({ agent, model }) => [agent, model])).toEqual([
      ["developer", "a"],
      ["reviewer", null],
    ]);
  });

  it("is zero for an empty table", async () => {
    program.database();
    const { cost } = await program.metrics();
    expect(cost?.totals).toMatchObject({ runs: 0, priced_runs: 0, cost_usd: 0 });
    expect(cost?.by_agent_model).toEqual([]);
  });
});

describe("finished runs", () => {
  it("are the latest 100, newest first, with the cost of each", async () => {
    const database = program.database();
    const at = (id: number) => ago(1000 - id);
    for (let id = 1; id <= 120; id++)
      database.insert("agent_runs", run(id, { finished_at: at(id), cost_usd: id, model: "m" }));
    // These started last and finished first. One has no price and ended with a signal.
    database.insert("agent_runs", run(121, { finished_at: at(2), cost_usd: 1 }), run(122));
    database.connection.exec("UPDATE agent_runs SET exit_code = -9, cost_usd = NULL WHERE id = 120");
    const finished = (await program.metrics()).agents?.finished ?? [];
    expect(finished.map(({ run_id }) => Number(run_id))).toEqual(
      Array.from({ length: 100 }, (_, index) => 120 - index),
    );
    expect(finished[0]).toMatchObject({ exit_code: -9, usage: { runs: 1, priced_runs: 0, cost_usd: null } });
    expect(finished[1]).toMatchObject({ agent: "developer", model: "m", exit_code: null });
    expect(finished[1]?.usage).toMatchObject({ priced_runs: 1, cost_usd: 119 });
    expect(Date.parse(finished[1]?.finished_at ?? "")).toBeLessThan(Date.now());
  });
});

describe("TC-09 the endpoint over HTTP", () => {
  it("returns JSON and leaves the database byte for byte unchanged", async () => {
    using database = createDatabase();
    database.insert("tasks", task(1, "review"));
    const fingerprint = () => {
      // This needs its own process: closing a descriptor of the file here would release the connection's
      // locks.
      const script = `for f in *; do case "$f" in *-shm) ;; *) sha256sum "$f" ;; esac; done`;
      return spawnSync("sh", ["-c", script], { cwd: database.directory }).stdout.toString();
    };
    const before = fingerprint();
    const files = readdirSync(database.directory);
    await using program = await startProgram(database.path);
    for (const path of ["/metrics", "/status", "/queue", "/ready"]) {
      const response = await program.get(path);
      expect(response.status).toBe(200);
      expect(response.headers.get("content-type")).toBe("application/json");
      expect(response.headers.get("cache-control")).toBe("no-store");
    }
    expect(fingerprint()).toBe(before);
    expect(await program.stop()).toBe(0);
    expect(fingerprint()).toBe(before);
    expect(readdirSync(database.directory)).toEqual(files);
  });
});

describe("TC-10 the older endpoints", () => {
  const GOLDEN = new URL("./golden/", import.meta.url);
  const seed = (database: ReturnType<typeof createDatabase>) => {
    const at = "2026-01-31T12:00:00.000Z";
    database.insert("tasks", task(1, "review"), task(2, "analysis"), task(3, "review"), task(4, "done"));
    database.insert(
      "jobs",
      job(1, "queued"),
      job(2, "running", { started_at: at, task_id: 1 }),
      job(3, "running", { started_at: "2026-01-31T11:00:00.000Z", kind: "reviewer" }),
      job(4, "paused"),
    );
  };

  for (const enabled of ["true", "Off"]) {
    it(`return the same bytes before and after metrics, with the switch ${enabled}`, async () => {
      const service = enabled === "Off" ? off : program;
      seed(service.database());
      for (const round of ["before", "after"]) {
        for (const name of ["health", "status", "queue"]) {
          const golden = readFileSync(new URL(`${name}.json`, GOLDEN), "utf8");
          const response = await service.get(`/${name}`);
          expect(await response.text(), `/${name} ${round} GET /metrics`).toBe(golden);
          expect(response.status).toBe(200);
        }
        expect((await service.get("/metrics")).status).toBe(enabled === "Off" ? 501 : 200);
      }
    });
  }

  it("return the same bytes without the metrics' own tables", async () => {
    const database = program.database();
    seed(database);
    database.connection.exec("DROP TABLE agent_runs; DROP TABLE circuit_breakers; DROP TABLE serial_gates");
    await program.get("/metrics");
    for (const name of ["health", "status", "queue"]) {
      const golden = readFileSync(new URL(`${name}.json`, GOLDEN), "utf8");
      expect(await (await program.get(`/${name}`)).text()).toBe(golden);
    }
  });
});

describe("TC-11 without data", () => {
  it("an empty database gives empty sections without errors", async () => {
    program.database();
    const envelope = await program.metrics();
    expect(envelope.stages).toEqual({ error: null, counts: {}, tasks: [], tasks_omitted: 0 });
    expect(envelope.agents).toEqual({ error: null, running: [], running_omitted: 0, finished: [] });
    expect(envelope.queue?.counts).toEqual({ queued: 0, running: 0, done: 0, failed: 0, cancelled: 0 });
    expect(envelope.queue?.oldest_queued_at).toBeNull();
  });

  it("the disabled switch gives unimplemented, and the message names the switch", async () => {
    const plain = await off.get("/metrics");
    expect(plain.status).toBe(501);
    expect(await plain.json()).toMatchObject({
      code: "unimplemented",
      message: expect.stringContaining("ORCH_METRICS_ENABLED"),
    });
    const rpc = await off.get("/orchestrator.metrics.v1.MetricsService/GetMetrics", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: "{}",
    });
    expect(rpc.status).toBe(501);
    expect(await rpc.json()).toMatchObject({ code: "unimplemented" });
    expect((await off.get("/ready")).status).toBe(200);
  });
});
