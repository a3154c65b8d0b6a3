/**
 * The real Prometheus scrapes the service over the demo, and its HTTP API gives back what the JSON envelope holds. It
 * needs Debian's `prometheus`, and an OpenMetrics parser: `python3-prometheus-client`. Run by .ci/run.
 */
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { GetMetricsResponseJson } from "../../gen/orchestrator/metrics/v1/metrics_pb.js";
import { createDatabase, job, run, task } from "../support/database.ts";
import { eventually, startProgram } from "../support/service.ts";

const PORT = 19_090;
const PARSER = `
import sys
from prometheus_client.openmetrics.parser import text_string_to_metric_families as openmetrics
from prometheus_client.parser import text_string_to_metric_families as prometheus
text = sys.stdin.read()
families = list((openmetrics if sys.argv[1] == "openmetrics" else prometheus)(text))
stages = [s.labels["task_stage"] for f in families if f.name == "orch_tasks" for s in f.samples]
sys.stdout.write(str(len(families)) + "\\n" + repr(sorted(len(stage) for stage in stages)))
`;

const HOSTILE = ['quo"te', "back\\slash", "new\nline", "ünïcödé 🚀", "x".repeat(10_000), "}{,=#"];

using database = createDatabase();
for (const [index, stage] of HOSTILE.entries()) database.insert("tasks", task(index + 1, stage));
const at = "2026-01-31T12:00:00.000Z";
database.insert("jobs", job(1, "queued"), job(2, "done", { attempts: 3 }), job(3, "failed", { attempts: 3 }));
database.insert(
  "agent_runs",
  run(1, { pid: process.pid, model: "m" }),
  run(2, { cost_usd: 2.5, model: "m", finished_at: at }),
);
database.connection.exec(`INSERT INTO circuit_breakers VALUES ('api', 'open', 4, '${at}', NULL, '${at}')`);
await using service = await startProgram(database.path);

for (const format of ["openmetrics", "prometheus"]) {
  const text = await (await service.get(`/metrics?format=${format}`)).text();
  const parsed = execFileSync("/usr/bin/python3", ["-c", PARSER, format], { input: text, encoding: "utf8" });
  const [families, lengths] = parsed.split("\n");
  const expected = HOSTILE.map((stage) => [...stage].length).sort((a, b) => a - b);
  if (lengths !== `[${expected.join(", ")}]`)
    throw new Error(`${format}: the parser read other labels: ${lengths}`);
  console.log(`ok  ${format}: prometheus_client read ${families} families, hostile labels unharmed`);
}

const text = await (await service.get("/metrics?format=prometheus")).text();
execFileSync("promtool", ["check", "metrics"], { input: text });
console.log("ok  promtool check metrics");

const directory = mkdtempSync(join(tmpdir(), "orch-metrics-prometheus-"));
writeFileSync(
  join(directory, "prometheus.yml"),
  `scrape_configs: [{ job_name: orch, scrape_interval: 1s, static_configs: [{ targets: ["${new URL(service.url).host}"] }] }]`,
);
const prometheus = spawn(
  "prometheus",
  [
    `--config.file=${directory}/prometheus.yml`,
    `--storage.tsdb.path=${directory}/data`,
    `--web.listen-address=127.0.0.1:${PORT}`,
  ],
  { stdio: "ignore" },
);
try {
  await eventually("Prometheus has scraped the service", async () => (await query("up")) === 1, 30);
  const { queue, cost, agents } = (await service.metrics()) as GetMetricsResponseJson;
  const expected: Record<string, number | undefined> = {
    'orch_jobs{status="queued"}': queue?.counts?.queued,
    'orch_jobs{status="failed"}': queue?.counts?.failed,
    orch_job_attempts_total: queue?.retries?.attempts_total,
    orch_job_retries_exhausted: queue?.retries?.exhausted_jobs,
    'orch_breaker_state{name="api",state="open"}': 1,
    "sum(orch_cost_usd_total)": Number(cost?.totals?.cost_usd),
    orch_agents: agents?.running?.length,
    "sum(orch_tasks)": HOSTILE.length,
    "min(orch_section_up)": 1,
  };
  for (const [expression, value] of Object.entries(expected)) {
    const found = await query(expression);
    if (found !== value)
      throw new Error(`${expression} is ${found} in Prometheus and ${value} in the envelope`);
  }
  console.log(
    `ok  Prometheus scrapes the service, and PromQL gives the envelope's ${Object.keys(expected).length} values`,
  );
} finally {
  prometheus.kill("SIGKILL");
  await once(prometheus, "exit");
  rmSync(directory, { recursive: true, force: true });
}

/** The single value of an instant query; undefined where there is none yet. */
async function query(expression: string): Promise<number | undefined> {
  try {
    const answer = await fetch(
      `http://127.0.0.1:${PORT}/api/v1/query?query=${encodeURIComponent(expression)}`,
    );
    const { data } = (await answer.json()) as { data: { result: { value: [number, string] }[] } };
    const value = data.result[0]?.value[1];
    return value === undefined ? undefined : Number(value);
  } catch {
    return undefined;
  }
}
