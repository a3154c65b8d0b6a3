/**
 * `npm run bench`: GET /metrics and the Connect RPC beside a server with a constant body, in one run, over
 * 1,000 rows in each table and 20 running agents. It runs the compiled program, as it is installed.
 */
import { type ChildProcess, fork, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { cpus } from "node:os";
import { type HttpRequest, load } from "./client.ts";
import { createFixture } from "./fixture.ts";

const ROWS = 1_000;
const AGENTS = 20;
const SECONDS = 4;
const CONNECTIONS = 16;
const COMMIT_EVERY_MILLISECONDS = 20;
const STARTS = 5;

const PROGRAM = new URL("../dist/src/main.js", import.meta.url).pathname;
const RPC = "/orchestrator.metrics.v1.MetricsService/GetMetrics";

async function startService(
  database: string,
): Promise<{ child: ChildProcess; port: number; firstAnswerMs: number }> {
  const began = performance.now();
  const child = spawn(process.execPath, [PROGRAM, "serve", "--database", database, "--port", "0"], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  let log = "";
  const port = await new Promise<number>((resolve) => {
    child.stderr?.on("data", (chunk) => {
      log += chunk;
      const found = /127\.0\.0\.1:(\d+)/.exec(log)?.[1];
      if (found) resolve(Number(found));
    });
  });
  await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  return { child, port, firstAnswerMs: performance.now() - began };
}

async function stop(child: ChildProcess): Promise<void> {
  child.kill("SIGTERM");
  await once(child, "exit");
}

function residentMebibytes(pid: number | undefined): number {
  const status = readFileSync(`/proc/${pid}/status`, "latin1");
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024;
}

async function measure(name: string, request: HttpRequest) {
  const one = await load(request, 1, SECONDS);
  const many = await load(request, CONNECTIONS, SECONDS);
  return { name, ...one, throughput: many.requestsPerSecond };
}

using fixture = createFixture(ROWS, AGENTS);
const starts: number[] = [];
for (let index = 0; index < STARTS; index += 1) {
  const { child, firstAnswerMs } = await startService(fixture.path);
  starts.push(firstAnswerMs);
  await stop(child);
}
const service = await startService(fixture.path);
const bodyBytes = (await (await fetch(`http://127.0.0.1:${service.port}/metrics`)).text()).length;
const constant = fork(new URL("./constant-server.ts", import.meta.url), [String(bodyBytes)]);
const [constantPort] = (await once(constant, "message")) as [number];

const floor = await measure("constant body", { port: constantPort, path: "/" });
const plain = await measure("GET /metrics", { port: service.port, path: "/metrics" });
const rpc = await measure("Connect RPC", { port: service.port, path: RPC, body: "{}" });
const writing = setInterval(() => fixture.commit(), COMMIT_EVERY_MILLISECONDS);
const written = await measure("GET /metrics, 50 commits/s", { port: service.port, path: "/metrics" });
clearInterval(writing);
const memory = residentMebibytes(service.child.pid);
constant.disconnect();
await stop(service.child);

const rows = [floor, plain, rpc, written].map((row) => ({
  what: row.name,
  "p50 ms, 1 conn": row.p50Milliseconds.toFixed(3),
  "p99 ms, 1 conn": row.p99Milliseconds.toFixed(3),
  "requests/s, 16 conn": Math.round(row.throughput),
  "of the constant": (row.throughput / floor.throughput).toFixed(2),
}));
console.log(`${cpus()[0]?.model}, ${cpus().length} cores, Node ${process.versions.node}`);
console.log(`${ROWS} rows in each table, ${AGENTS} running agents, a body of ${bodyBytes} bytes`);
console.table(rows);
console.log(`resident memory after the load: ${memory.toFixed(0)} MiB`);
console.log(
  `start to first answer: median ${starts.sort((a, b) => a - b)[Math.floor(STARTS / 2)]?.toFixed(0)} ms of ${STARTS} starts`,
);
