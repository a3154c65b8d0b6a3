/**
 * What Prometheus (Debian's, which must be installed) spends on a fleet: one server gives the real exposition of 200
 * orchestrators with 20 running agents each; their counters move, and runs end and begin. By name only:
 * `npm run bench fleet`.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { globSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { clone } from "@bufbuild/protobuf";
import {
  type GetMetricsResponse,
  GetMetricsResponseSchema,
} from "../gen/orchestrator/metrics/v1/metrics_pb.js";
import { families } from "../src/exposition/families.ts";
import { expositionText } from "../src/exposition/text.ts";
import { recordedEnvelope } from "./recorded-envelope.ts";

const TARGETS = 200;
const INTERVAL_SECONDS = 2;
const MINUTES = 2;
const PORT = 19_191;
const SCRAPES_PER_ENDED_RUN = 4;

export async function benchFleet(): Promise<void> {
  const fleet = await startFleet();
  const directory = mkdtempSync(join(tmpdir(), "orch-metrics-bench-"));
  const prometheus = startPrometheus(directory, fleet.port);
  try {
    await wait(20);
    const before = { ticks: ticksOf(prometheus.pid), scrapes: fleet.scrapes() };
    await wait(MINUTES * 60);
    const scrapes = fleet.scrapes() - before.scrapes;
    const seconds = (ticksOf(prometheus.pid) - before.ticks) / 100;
    const series = await query("prometheus_tsdb_head_series");
    const samples = await query("prometheus_tsdb_head_samples_appended_total");
    const resident = await query("process_resident_memory_bytes");
    const perScrape = await query('avg(scrape_samples_scraped{job="fleet"})');
    const block = await snapshot(directory);
    console.log(`\n${TARGETS} orchestrators with 20 agents each, scraped every ${INTERVAL_SECONDS} s`);
    console.table({
      "bytes of a scrape": fleet.bytes(),
      "series of a scrape": Math.round(perScrape),
      "CPU of Prometheus for a scrape, ms": ((seconds * 1000) / scrapes).toFixed(2),
      "series in memory": series,
      "resident memory, MiB": Math.round(resident / 2 ** 20),
      "resident memory for a series, KiB": (resident / 1024 / series).toFixed(1),
      "disk for a sample, bytes": (block / samples).toFixed(2),
    });
  } finally {
    prometheus.kill("SIGKILL");
    await once(prometheus, "exit");
    fleet.close();
    rmSync(directory, { recursive: true, force: true });
  }
}

async function startFleet() {
  const recorded = await recordedEnvelope();
  const envelopes = Array.from({ length: TARGETS }, () => clone(GetMetricsResponseSchema, recorded));
  let scrapes = 0;
  let bytes = 0;
  const server = createServer((request, response) => {
    const envelope = envelopes[Number(/\d+/.exec(request.url ?? "")?.[0])];
    if (!envelope) return response.writeHead(404).end();
    scrapes += 1;
    move(envelope, scrapes);
    const text = expositionText(families(envelope, "1.2.3"), "prometheus");
    bytes = text.length;
    return response.writeHead(200, { "content-type": "text/plain; version=0.0.4" }).end(text);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as { port: number }).port,
    scrapes: () => scrapes,
    bytes: () => bytes,
    close: () => server.close(),
  };
}

/** As a living orchestrator's: half of the agents work, and now and then a run ends and another begins. */
function move(envelope: GetMetricsResponse, scrapes: number): void {
  for (const [index, agent] of (envelope.agents?.running ?? []).entries()) {
    const works = index % 2 === 0 ? Math.random() : 0;
    agent.cpuTicks = (agent.cpuTicks ?? 0) + Math.round(works * 1_500);
    agent.runtimeSeconds = (agent.runtimeSeconds ?? 0) + INTERVAL_SECONDS + Math.random() / 100;
    if (!agent.process) continue;
    agent.process.voluntaryContextSwitches =
      (agent.process.voluntaryContextSwitches ?? 0) + Math.round(Math.random() * 300);
    agent.process.readChars = (agent.process.readChars ?? 0) + Math.round(works * 90_000);
  }
  const ended = envelope.agents?.running[0];
  if (ended && scrapes % (SCRAPES_PER_ENDED_RUN * TARGETS) < TARGETS)
    ended.runId = `${scrapes}-${ended.runId}`;
  envelope.collectSeconds = Math.random() / 100;
}

function startPrometheus(directory: string, port: number) {
  const targets = Array.from({ length: TARGETS }, (_, index) => ({
    targets: [`127.0.0.1:${port}`],
    labels: { __metrics_path__: `/${index}/metrics`, instance: `orchestrator-${index}` },
  }));
  const scrape_interval = `${INTERVAL_SECONDS}s`;
  const itself = {
    job_name: "itself",
    scrape_interval,
    static_configs: [{ targets: [`127.0.0.1:${PORT}`] }],
  };
  const scrape_configs = [{ job_name: "fleet", scrape_interval, static_configs: targets }, itself];
  writeFileSync(join(directory, "prometheus.yml"), JSON.stringify({ scrape_configs }));
  return spawn(
    "prometheus",
    [
      `--config.file=${directory}/prometheus.yml`,
      `--storage.tsdb.path=${directory}/data`,
      `--web.listen-address=127.0.0.1:${PORT}`,
      "--web.enable-admin-api",
    ],
    { stdio: "ignore" },
  );
}

/** Bytes of a block of all that was scraped: what stays on disk once memory has been written out. */
async function snapshot(directory: string): Promise<number> {
  const answer = await fetch(`http://127.0.0.1:${PORT}/api/v1/admin/tsdb/snapshot`, { method: "POST" });
  const { data } = (await answer.json()) as { data: { name: string } };
  return globSync(`${directory}/data/snapshots/${data.name}/**/*`)
    .map((path) => statSync(path))
    .filter((entry) => entry.isFile())
    .reduce((sum, { size }) => sum + size, 0);
}

async function query(expression: string): Promise<number> {
  const address = `http://127.0.0.1:${PORT}/api/v1/query?query=${encodeURIComponent(expression)}`;
  const { data } = (await (await fetch(address)).json()) as {
    data: { result: { value: [number, string] }[] };
  };
  return Number(data.result[0]?.value[1]);
}

/** proc_pid_stat(5): user and system time, in hundredths of a second. */
function ticksOf(pid: number | undefined): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
  return Number(fields[11]) + Number(fields[12]);
}

function wait(seconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, seconds * 1000));
}
