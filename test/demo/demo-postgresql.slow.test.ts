/** The demo over a PostgreSQL server shows the same data, and leaves no schema, however it ends. */
import { once } from "node:events";
import { readdirSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { GetMetricsResponseJson } from "../../gen/orchestrator/metrics/v1/metrics_pb.js";
import { eventually, runProgram } from "../support/service.ts";
import { processesOf, startDemo } from "./start-demo.ts";
import { testServer } from "./test-server.ts";

const { server, schemas } = testServer();

describe("the demo over PostgreSQL", () => {
  it("shows agents, work, guards and cost in its own schema, which Ctrl-C removes", async () => {
    await using demo = await startDemo("--database", server().url());
    const { folder, child, url } = demo;
    const seen = new Set<string>();
    // Wait for more than one, which shows that an agent's end is noticed and another one starts.
    const analystRuns = new Set<string>();
    let metrics: GetMetricsResponseJson = {};
    await eventually(
      "all that it promises shows",
      async () => {
        metrics = (await (await fetch(`${url}/metrics`)).json()) as GetMetricsResponseJson;
        for (const { agent, presence } of metrics.agents?.running ?? []) seen.add(`${agent} ${presence}`);
        for (const { state } of metrics.queue?.breakers?.items ?? []) seen.add(`breaker ${state}`);
        if (metrics.queue?.gates?.items?.[0]?.holder_task_id) seen.add("gate held");
        const analyst = metrics.agents?.running?.find(({ agent }) => agent === "ending-analyst");
        if (analyst?.run_id !== undefined) analystRuns.add(analyst.run_id);
        return [
          "busy-developer running",
          "hung-reviewer running",
          "killed-architect gone",
          "remote-developer other_host",
          "breaker open",
          "gate held",
        ].every((what) => seen.has(what) && analystRuns.size > 1);
      },
      60,
    );
    expect(Object.keys(metrics.stages?.counts ?? {}).length).toBeGreaterThan(2);
    expect(metrics.queue?.retries?.retried_jobs).toBeGreaterThan(0);
    expect(metrics.cost?.totals?.cost_usd).toBeGreaterThan(0);
    expect(await schemas()).toEqual([expect.stringMatching(/^orch_metrics_demo_\d+_[0-9a-f]{8}$/)]);
    child.kill("SIGINT");
    await once(child, "exit");
    expect(child.exitCode).toBe(0);
    expect(await schemas()).toEqual([]);
    await eventually("no process is left", () => processesOf(folder).length === 0);
    expect(readdirSync(folder)).toEqual([]);
  }, 240_000);
});

describe("the demo fails with one line and without the URL for", () => {
  it.each([
    ["a file", () => "/tmp/orchestrator.db", "set it to a postgres:// URL"],
    ["no server", () => "postgres://somebody@127.0.0.1:1/secret", "cannot reach the PostgreSQL server\n"],
    ["no database", () => server().url({ database: "secret" }), "the server has no such database yet\n"],
    [
      "no role",
      () => server().url({ role: "somebody" }),
      "PostgreSQL has no such role, or the role cannot log in",
    ],
    ["no URL", () => "postgres://secret:99999999/", "invalid URL"],
  ])("%s", async (what, database, expected) => {
    const { code, stdout, stderr } = await runProgram(["demo", "--port", "0", "--database", database()]);
    expect(code).toBe(what === "a file" || what === "no URL" ? 2 : 1);
    expect(stdout).toBe("");
    expect(stderr).toContain(expected);
    expect(stderr).toMatch(/^orch-metrics: .+\n$/);
    expect(stderr).not.toMatch(/secret|somebody|127\.0\.0\.1|orchestrator\.db/);
  });

  it("a role without the right to create a schema, and names that right", async () => {
    await server().exec("CREATE ROLE reader LOGIN");
    const database = server().url({ role: "reader" });
    const { code, stderr } = await runProgram(["demo", "--port", "0", "--database", database]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^orch-metrics: .*GRANT CREATE ON DATABASE to it\n$/);
  });
});
