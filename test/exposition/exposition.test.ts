/** The text for Prometheus: the envelope's own values, hostile names unharmed, and nothing made up. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type SharedService, startShared } from "../service/shared-service.ts";
import { job, run, task } from "../support/database.ts";

let service: SharedService;
beforeAll(async () => {
  service = await startShared();
});
afterAll(() => service?.[Symbol.asyncDispose]());

/** Samples by their whole left side; enough of a parser for names and labels that are not hostile. */
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
  it("holds what the JSON holds", async () => {
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
    // Not told is not 0, and a pid is no label.
    expect(text).not.toContain('type="output"');
    expect(text).not.toMatch(/\bpid=/);
    expect(text.match(/orch_build_info\{version="[\d.]+",schema_version="1"/)).not.toBeNull();
  });

  it("shows what the agent's process waits for, with which program, and no sample of what is not known", async () => {
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

  it("loses the samples of a broken section, and says that it is down", async () => {
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

  it("escapes what would end a label, and merges what would be one series twice", async () => {
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
