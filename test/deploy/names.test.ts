/** Rules, dashboard and documents name only metrics that the service really gives, and each alert has its runbook. */
import { existsSync, globSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ago, createDatabase, job, run, task } from "../support/database.ts";
import { startReady } from "../support/service.ts";

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");
const namesIn = (text: string) => new Set(text.match(/\borch_[a-z_]+/g));
const RULES = "deploy/prometheus/rules.yml";

/** Every metric that there is: an orchestrator of which everything is known. */
async function exposedNames(): Promise<ReadonlySet<string>> {
  using database = createDatabase();
  const log = join(database.directory, "run.log");
  writeFileSync(log, "started\n");
  database.insert("tasks", task(1, "review"));
  database.insert("jobs", job(1, "queued"), job(2, "running", { started_at: ago(5), attempts: 2 }));
  const spent = { cost_usd: 1, input_tokens: 1, output_tokens: 1, model: "m" };
  database.insert("agent_runs", run(1, { pid: process.pid, heartbeat_at: ago(1), log_path: log, ...spent }));
  database.connection.exec(
    `INSERT INTO circuit_breakers VALUES ('api', 'open', 4, '${ago(9)}', NULL, '${ago(9)}')`,
  );
  database.connection.exec(
    `INSERT INTO serial_gates (scope, holder_task_id, acquired_at) VALUES ('main', 1, '${ago(9)}')`,
  );
  await using service = await startReady(database.path);
  const text = await (await service.get("/metrics?format=prometheus")).text();
  return new Set([...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name as string));
}

describe("the metrics' names", () => {
  it("exist, wherever they are used, and are all documented", async () => {
    const exposed = await exposedNames();
    const documented = namesIn(read("docs/prometheus.md"));
    expect([...exposed].filter((name) => !documented.has(name))).toEqual([]);
    for (const path of [RULES, "docs/prometheus.md", ...globSync("deploy/grafana/*.json")])
      expect([...namesIn(read(path))].filter((name) => !exposed.has(name), path)).toEqual([]);
  });
});

describe("each alert", () => {
  const alerts = read(RULES).split("- alert: ").slice(1);

  it("has a runbook", () => {
    expect(alerts.length).toBeGreaterThan(8);
    for (const alert of alerts) {
      const path = /runbook_url: (\S+)/.exec(alert)?.[1] ?? "";
      expect(existsSync(new URL(`../../${path}`, import.meta.url)), `${alert.split("\n")[0]}: ${path}`).toBe(
        true,
      );
    }
  });

  it("has a case in which it fires", () => {
    const cases = read("deploy/prometheus/rules.test.yml");
    for (const alert of alerts)
      expect(cases).toMatch(new RegExp(`alertname: ${alert.split("\n")[0]}\n +exp_alerts:\n`));
  });
});
