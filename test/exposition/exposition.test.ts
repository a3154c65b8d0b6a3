/** The text for Prometheus has the envelope's values, escapes hostile names, and invents nothing. */
import { writeFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type SharedService, startShared } from "../service/shared-service.ts";
import { createDatabase, job, run, task } from "../support/database.ts";
import { startReady } from "../support/service.ts";

/** A source that reports little. */
const UNKNOWN = `-- dialect: sqlite
-- name: queue_counts
SELECT 'queued' AS status, NULL AS native_status, 2 AS jobs
-- name: queue_retries
SELECT 1 AS retried_jobs, NULL AS attempts, NULL AS waiting_retry
-- name: queue_ages
SELECT NULL AS oldest_queued_at_ms, NULL AS oldest_running_at_ms, 1 AS delayed_jobs, 4102444800000 AS next_available_at_ms
-- name: breakers
SELECT 'api' AS name, 'open' AS state, NULL AS failures, NULL AS opened_at_ms
-- name: gates
SELECT 'repo' AS scope, '1' AS holder_task_id, NULL AS acquired_at_ms, NULL AS waiting
-- name: agents
SELECT '1' AS run_id, NULL AS task_id, 'dev' AS agent, NULL AS model, NULL AS pid, NULL AS host, NULL AS started_at_ms,
  NULL AS heartbeat_at_ms
-- name: cost
SELECT 'dev' AS agent, NULL AS model, 2 AS runs, NULL AS priced_runs, NULL AS cost_usd, NULL AS input_tokens,
  NULL AS output_tokens, NULL AS cache_read_tokens, NULL AS cache_creation_tokens
`;

let service: SharedService;
beforeAll(async () => {
  service = await startShared();
});
afterAll(() => service?.[Symbol.asyncDispose]());

/** Returns samples by their name and labels. Parses only harmless names and labels. */
function samples(text: string): Record<string, number> {
  const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return Object.fromEntries(
    lines.map((line) => [
      line.slice(0, line.lastIndexOf(" ")),
      Number(line.slice(line.lastIndexOf(" ") + 1)),
    ]),
  );
}

describe("the exposition", () => {
  it("has the same values as the JSON", async () => {
    const database = service.database();
    database.insert("tasks", task(1, "review"), task(2, "review"));
    database.insert("jobs", job(1, "queued"), job(2, "done", { attempts: 3 }));
    database.insert(
      "agent_runs",
      run(1, { task_id: 1, model: "m", pid: process.pid, cost_usd: 1.5, input_tokens: 7 }),
    );
    const acquired_at = "2026-01-31T12:00:00.000Z";
    database.insert("serial_gates", { scope: "repo", holder_task_id: 1, acquired_at, waiting: 2 });
    database.insert("serial_gates", { scope: "by nobody knows whom", acquired_at }, { scope: "free" });
    const text = await (await service.get("/metrics?format=prometheus")).text();
    const envelope = await service.metrics();
    const found = samples(text);
    expect(found).toMatchObject({
      'orch_tasks{task_stage="review"}': 2,
      'orch_jobs{status="queued"}': 1,
      'orch_jobs{status="cancelled"}': 0,
      orch_job_attempts_total: envelope.queue?.retries?.attempts_total,
      'orch_gate_held{scope="repo"}': 1,
      'orch_gate_held{scope="by nobody knows whom"}': 1,
      'orch_gate_held{scope="free"}': 0,
      'orch_gate_acquired_time_seconds{scope="repo"}': 1_769_860_800,
      'orch_cost_usd_total{model="m",agent="developer"}': 1.5,
      'orch_tokens_total{type="input",model="m",agent="developer"}': 7,
      'orch_agent_presence{agent="developer",task_id="1",run_id="1",presence="running"}': 1,
      'orch_section_up{section="queue.gates"}': 1,
      orch_agents: 1,
    });
    const cpu = found['orch_agent_cpu_seconds_total{agent="developer",task_id="1",run_id="1"}'] ?? 0;
    const ticks = envelope.agents?.running?.[0]?.cpu_ticks as number;
    expect(Math.abs(cpu - ticks / (envelope.clk_tck as number))).toBeLessThan(0.5);
    // An unreported value is not 0, and a pid is not a label.
    expect(text).not.toContain('type="output"');
    expect(text).not.toMatch(/\bpid=/);
    expect(text.match(/orch_build_info\{version="[\d.]+",schema_version="1"/)).not.toBeNull();
  });

  it("has no sample for what the source does not report, as the JSON has null", async () => {
    using database = createDatabase({ schema: "" });
    const profile = `${database.path}.sql`;
    writeFileSync(profile, UNKNOWN);
    await using unknowing = await startReady(database.path, { args: ["--profile", profile] });
    const text = await (await unknowing.get("/metrics?format=prometheus")).text();
    expect(text).not.toMatch(/^orch_(job_attempts|job_retries_exhausted|breaker_failures|gate_waiting)/m);
    expect(text).not.toMatch(/^orch_(cost_usd|priced_runs)/m);
    expect(samples(text)).toMatchObject({
      orch_job_retries_retried: 1,
      orch_job_retries_delayed: 1,
      'orch_breaker_state{name="api",state="open"}': 1,
      'orch_gate_held{scope="repo"}': 1,
      'orch_runs_total{model="",agent="dev"}': 2,
    });
    const { queue, cost, agents } = await unknowing.metrics();
    const next_available_at = "2100-01-01T00:00:00Z";
    expect(queue).toMatchObject({ delayed_jobs: 1, next_available_at });
    expect(queue?.retries).toEqual({
      ...{ retried_jobs: 1, attempts_total: null, exhausted_jobs: null, waiting_retry: null },
      ...{ delayed_jobs: 1, next_available_at },
    });
    expect(queue?.breakers?.items?.[0]).toMatchObject({ failures: null });
    expect(queue?.gates?.items?.[0]).toMatchObject({ waiting: null });
    for (const usage of [cost?.totals, cost?.by_agent_model?.[0]?.usage, agents?.running?.[0]?.usage])
      expect(usage).toMatchObject({ priced_runs: null, cost_usd: null });
  });

  it("shows what the agent's process waits for, with its program, and no sample for unknown values", async () => {
    const database = service.database();
    database.insert("agent_runs", run(1, { pid: process.pid }), run(2, { pid: null }));
    const text = await (await service.get("/metrics?format=prometheus")).text();
    const { process: mine } = (await service.metrics()).agents?.running?.[0] ?? {};
    const found = samples(text);
    const agent = 'agent="developer",task_id="",run_id="1"';
    expect(found[`orch_agent_program_info{${agent},name="${mine?.name}",program="${mine?.program}"}`]).toBe(
      1,
    );
    expect(found[`orch_agent_storage_write_bytes_total{${agent}}`]).toBeGreaterThanOrEqual(0);
    expect(found[`orch_agent_run_delay_seconds_total{${agent}}`]).toBeGreaterThan(0);
    const threads = Object.entries(found).filter(([name]) => name.startsWith("orch_agent_thread_waits{"));
    expect(threads.length).toBeGreaterThan(0);
    expect(threads.length).toBeLessThanOrEqual(8);
    expect(text).not.toMatch(
      /^orch_agent_(process_state|program_info|wait_info|connections|cpu_seconds_total)\{[^}]*run_id="2"/m,
    );
    expect(text).not.toMatch(/^orch_agent_(progress_time_seconds|tokens_total|cost_usd_total)/m);
  });

  it("omits the samples of a failed section, and marks it as down", async () => {
    const database = service.database();
    database.insert("tasks", task(1, "review"));
    database.connection.exec("DROP TABLE jobs; DROP TABLE serial_gates");
    const text = await (await service.get("/metrics?format=openmetrics")).text();
    expect(text).not.toMatch(/^orch_(jobs|job_|queue_|gate_)/m);
    expect(samples(text)).toMatchObject({
      'orch_section_up{section="queue"}': 0,
      'orch_section_up{section="queue.gates"}': 0,
      'orch_section_up{section="queue.breakers"}': 1,
      'orch_section_up{section="stages"}': 1,
      'orch_tasks{task_stage="review"}': 1,
    });
    expect(text.endsWith("# EOF\n")).toBe(true);
  });

  it("has one series for rows that a join duplicates: an open breaker stays open, and a held gate stays held", async () => {
    const database = service.database();
    const at = "'2026-01-31T12:00:00.000Z'";
    const breakers = ["closed", "open", "half_open"].map(
      (state, index) => `('api', '${state}', ${index}, NULL, NULL, ${at})`,
    );
    database.connection.exec(
      `DROP TABLE circuit_breakers; DROP TABLE serial_gates;
       CREATE VIEW circuit_breakers (name, state, failures, opened_at, retry_at, updated_at) AS VALUES ${breakers};
       CREATE VIEW serial_gates (scope, holder_task_id, acquired_at, waiting) AS
         VALUES ('repo', NULL, NULL, 0), ('repo', 7, ${at}, 3), ('repo', NULL, NULL, 1)`,
    );
    const { queue } = await service.metrics();
    expect([queue?.breakers?.items?.length, queue?.gates?.items?.length]).toEqual([3, 3]);
    const text = await (await service.get("/metrics?format=openmetrics")).text();
    const found = text.split("\n").filter((line) => /^orch_(breaker|gate)_/.test(line));
    expect(found.toSorted()).toEqual([
      'orch_breaker_failures{name="api"} 1',
      'orch_breaker_state{name="api",state="closed"} 0',
      'orch_breaker_state{name="api",state="half_open"} 0',
      'orch_breaker_state{name="api",state="open"} 1',
      'orch_gate_acquired_time_seconds{scope="repo"} 1769860800',
      'orch_gate_held{scope="repo"} 1',
      'orch_gate_waiting{scope="repo"} 3',
    ]);
  });

  it("escapes what would end a label, and merges rows with the same labels", async () => {
    const database = service.database();
    database.insert("tasks", task(1, 'a"b\\c\nd'));
    const at = "2026-01-31T12:00:00.000Z";
    database.insert(
      "agent_runs",
      run(1, { model: "", cost_usd: 1, finished_at: at }),
      run(2, { cost_usd: 2, finished_at: at }),
    );
    const text = await (await service.get("/metrics?format=prometheus")).text();
    expect(text).toContain('orch_tasks{task_stage="a\\"b\\\\c\\nd"} 1\n');
    expect(text).toContain('orch_cost_usd_total{model="",agent="developer"} 3\n');
  });
});
