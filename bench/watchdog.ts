/**
 * What the watchdog costs: a thousand simulated targets polled every 15 s by one process, and the size of the history of
 * 20 orchestrators over 90 days. `node bench/watchdog.ts [targets [minutes]]`; without `targets` or with `history` the
 * parts alone.
 */
import { fork, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { create, toBinary } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { GetMetricsResponseSchema } from "../client/index.ts";
import { openHistory } from "../watchdog/history/history.ts";
import type { Point } from "../watchdog/history/point.ts";
import { VERDICTS } from "../watchdog/judgement/verdict.ts";

const TARGETS = 1000;
const AGENTS = 10;
const POLL_SECONDS = 15;
const HOUR = 3_600_000;
const DAY = 24 * HOUR;

const [part, minutes = "5"] = process.argv.slice(2);
if (part === "serve") serve();
else {
  console.log(`${cpus()[0]?.model}, ${cpus().length} cores, Node ${process.versions.node}`);
  if (part === undefined || part === "history") benchHistory();
  if (part === undefined || part === "targets") await benchTargets(Number(minutes));
}

/** In a process of its own: every path is a target with busy agents, whose numbers grow from answer to answer. */
function serve(): void {
  const begun = Date.now();
  const server = createServer((request, response) => {
    const target = Number(/^\/(\d+)\//.exec(request.url ?? "")?.[1] ?? 0);
    const now = Date.now();
    const seconds = (now - begun) / 1000;
    const running = Array.from({ length: AGENTS }, (_, index) => ({
      runId: String(target * AGENTS + index),
      taskId: String(index),
      jobId: String(index),
      agent: "developer",
      model: "model-large",
      taskStage: "development",
      jobStatus: "running",
      pid: 1000 + index,
      startedAt: timestampFromMs(begun),
      runtimeSeconds: seconds,
      heartbeatAt: timestampFromMs(now),
      log: { sizeBytes: seconds * 100, modifiedAt: timestampFromMs(now) },
      cpuTicks: seconds * 10,
      presence: "running",
      process: {
        state: "S",
        startTicks: 5000,
        startedAt: timestampFromMs(begun),
        userTicks: seconds * 8,
        systemTicks: seconds * 2,
        reapedChildrenTicks: 0,
        threads: 11,
        residentMemoryBytes: 1e8,
        voluntaryContextSwitches: Math.floor(seconds * 50),
        readChars: Math.floor(seconds * 1000),
        writeChars: Math.floor(seconds * 100),
        descendants: { processes: 2, ticks: seconds, voluntaryContextSwitches: Math.floor(seconds) },
      },
      usage: { runs: 1, pricedRuns: 1, costUsd: seconds / 1000 },
    }));
    const envelope = create(GetMetricsResponseSchema, {
      schemaVersion: 1,
      generatedAt: timestampFromMs(now),
      clkTck: 100,
      bootId: "boot",
      sourceEpoch: "epoch",
      stages: { counts: { development: AGENTS } },
      queue: {
        counts: { queued: 5, running: AGENTS, done: Math.floor(seconds), failed: 0, cancelled: 0 },
        oldestQueuedSeconds: 12,
        retries: { attemptsTotal: Math.floor(seconds) },
        breakers: {},
        gates: {},
      },
      agents: { running },
      cost: {
        totals: { runs: 100, pricedRuns: 100, costUsd: seconds / 100 },
        byAgentModel: [
          { agent: "developer", model: "model-large", usage: { runs: 100, costUsd: seconds / 100 } },
        ],
      },
    });
    response.setHeader("content-type", "application/proto");
    response.end(toBinary(GetMetricsResponseSchema, envelope));
  });
  server.listen(0, "127.0.0.1", () => process.send?.((server.address() as { port: number }).port));
}

async function benchTargets(forMinutes: number): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "orch-watchdog-bench-"));
  const targetsServer = fork(new URL(import.meta.url), ["serve"]);
  const [port] = (await once(targetsServer, "message")) as [number];
  const targets = Array.from({ length: TARGETS }, (_, index) => ({
    name: `target-${index}`,
    url: `http://127.0.0.1:${port}/${index}`,
  }));
  writeFileSync(join(folder, "targets.json"), JSON.stringify({ targets }));
  const program = new URL("../bin/orch-watchdog.js", import.meta.url).pathname;
  const watchdog = spawn(
    process.execPath,
    [
      ...[program, "--port", "0", "--targets", join(folder, "targets.json"), "--log-level", "debug"],
      ...["--poll-seconds", String(POLL_SECONDS), "--history", join(folder, "history.db")],
    ],
    { stdio: ["ignore", "ignore", "pipe"] },
  );
  let log = "";
  watchdog.stderr.on("data", (chunk) => (log += chunk));
  const late = () => [...log.matchAll(/"late_ms":\{[^}]*\}/g)].at(-1)?.[0] ?? "none told";
  try {
    const sleep = (seconds: number) => new Promise((resolve) => setTimeout(resolve, seconds * 1000));
    await sleep(60);
    const [begin, from] = [cpuSeconds(watchdog.pid), Date.now()];
    await sleep(forMinutes * 60);
    const cores = (cpuSeconds(watchdog.pid) - begin) / ((Date.now() - from) / 1000);
    const rss =
      Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${watchdog.pid}/status`, "utf8"))?.[1]) / 1024;
    const polls = (TARGETS / POLL_SECONDS).toFixed(0);
    console.log(
      `${TARGETS} targets with ${AGENTS} agents each, every ${POLL_SECONDS} s (${polls} a second), ${forMinutes} min:`,
    );
    console.log(
      `  ${(cores * 100).toFixed(1)} % of a core, ${rss.toFixed(0)} MiB resident, lateness of polls ${late()}`,
    );
    console.log(`  history ${(statSync(join(folder, "history.db")).size / 1e6).toFixed(0)} MB`);
  } finally {
    watchdog.kill();
    await once(watchdog, "exit");
    targetsServer.kill();
    rmSync(folder, { recursive: true });
  }
}

function cpuSeconds(pid: number | undefined): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/**
 * 20 orchestrators for 90 days as the watchdog would record them, without the waiting. Each always runs ten agents, for 20
 * minutes each, so that 2,160,000 runs pass. Readings are taken once a minute until the last six hours, which have them all:
 * what the file holds of the days before is one point a minute or an hour, however many readings it was made of.
 */
function benchHistory(): void {
  const folder = mkdtempSync(join(tmpdir(), "orch-watchdog-bench-"));
  const path = join(folder, "history.db");
  const begin = Date.UTC(2026, 0, 1);
  const end = begin + 90 * DAY;
  let now = begin;
  const history = openHistory({
    path,
    maxBytes: 500e6,
    keep: { 0: 6 * HOUR, 1: 7 * DAY, 2: 90 * DAY },
    now: () => now,
  });
  const started = performance.now();
  let points = 0;
  while (now < end) {
    for (let target = 0; target < 20; target += 1)
      history.add(`orchestrator-${target}`, pointAt(now, target));
    points += 20;
    now += now < end - 6 * HOUR ? 60_000 : POLL_SECONDS * 1000;
    if (now % 600_000 === 0 || now > end - 6 * HOUR) history.flush();
    history.maintain();
  }
  history.flush();
  const reading = performance.now();
  const day = history.points("orchestrator-7", end - DAY, end).length;
  const readMilliseconds = performance.now() - reading;
  const oldest = history.points("orchestrator-7", begin, end)[0]?.at ?? end;
  history.close();
  console.log(
    `history of 20 orchestrators, ${AGENTS} agents each, over 90 days: ${(statSync(path).size / 1e6).toFixed(0)} MB`,
  );
  console.log(
    `  ${((reading - started) / points).toFixed(3)} ms a point; it reaches back ${((end - oldest) / DAY).toFixed(1)} days; ${day} points of a day read in ${readMilliseconds.toFixed(0)} ms`,
  );
  rmSync(folder, { recursive: true });
}

function pointAt(at: number, target: number): Point {
  const random = Math.random;
  return {
    at,
    queued: Math.floor(random() * 40),
    oldestQueuedSeconds: random() * 900,
    running: AGENTS,
    attempts: Math.floor(at / 60_000),
    done: Math.floor(at / 60_000),
    exhausted: 12,
    unpriced: 3,
    spend: { "model-large-2026-01-01": random() / 10, "model-small-2026-01-01": random() / 100 },
    spendSeconds: 60,
    agents: Array.from({ length: AGENTS }, (_, index) => ({
      runId: String(100_000 + Math.floor(at / 1_200_000) * 200 + target * AGENTS + index),
      cpu: random(),
      childrenCpu: random() * 4,
      switches: random() * 500,
      verdict: VERDICTS[Math.floor(random() * 5)] ?? "working",
    })),
  };
}
