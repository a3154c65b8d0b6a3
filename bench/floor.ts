/** One reading beside a server with a constant body: 1,000 rows in each table, 20 running agents. */
import { type HttpRequest, load } from "./client.ts";
import { createFixture } from "./fixture.ts";
import { type Program, startConstant, startService, startWriter } from "./programs.ts";

const CONNECTIONS = 16;
const SECONDS = 4;
const STARTS = 5;
const RPC = "/orchestrator.metrics.v1.MetricsService/GetMetrics";

export async function benchFloor(): Promise<void> {
  using fixture = createFixture({ rows: 1_000 });
  const starts: number[] = [];
  for (let index = 0; index < STARTS; index += 1) {
    await using service = await startService(fixture.path);
    starts.push(service.firstAnswerMilliseconds);
  }
  starts.sort((a, b) => a - b);
  await using service = await startService(fixture.path);
  const body = await (await fetch(`http://127.0.0.1:${service.port}/metrics`)).text();
  await using constant = await startConstant(body.length);
  const measured = [
    await measure("constant body", constant, "/"),
    await measure("GET /metrics", service, "/metrics"),
  ];
  const resident = [service.residentMebibytes()];
  measured.push(await measure("Connect RPC", service, RPC, "{}"));
  resident.push(service.residentMebibytes());
  {
    await using _writer = startWriter(fixture.path, 50);
    measured.push(await measure("GET /metrics, 50 commits/s", service, "/metrics"));
  }
  const [floor] = measured;
  console.log(`\n1,000 rows in each table, 20 running agents, a body of ${body.length} bytes`);
  console.table(
    measured.map((row) => ({
      what: row.name,
      "p50 ms, 1 connection": row.p50.toFixed(3),
      "p99 ms, 1 connection": row.p99.toFixed(3),
      "requests/s, 16 connections": Math.round(row.throughput),
      "of the constant": (row.throughput / (floor?.throughput ?? 1)).toFixed(2),
    })),
  );
  console.log(
    `start to first answer: median ${starts[Math.floor(STARTS / 2)]?.toFixed(0)} ms of ${STARTS} starts`,
  );
  const [plain, rpc] = resident.map((mebibytes) => mebibytes.toFixed(0));
  console.log(`resident memory after GET /metrics: ${plain} MiB; after the Connect RPC, too: ${rpc} MiB`);
}

async function measure(name: string, { port }: Program, path: string, body?: string) {
  const request: HttpRequest = body === undefined ? { port, path } : { port, path, body };
  const one = await load(request, 1, SECONDS);
  const many = await load(request, CONNECTIONS, SECONDS);
  return { name, p50: one.p50Milliseconds, p99: one.p99Milliseconds, throughput: many.requestsPerSecond };
}
