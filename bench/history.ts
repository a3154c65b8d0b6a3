/** The cost of history: an answer at 1e3, 1e5 and 1e7 rows, the first pass, the background, the peer. */
import { setTimeout as sleep } from "node:timers/promises";
import { load } from "./client.ts";
import { createFixture } from "./fixture.ts";
import { type Program, startPeer, startService, startWriter } from "./programs.ts";

const SIZES = [1_000, 100_000, 10_000_000];
const SECONDS = 4;
const STEADY_SECONDS = 20;

export async function benchHistory(): Promise<void> {
  const rows = [];
  for (const size of SIZES) rows.push(await benchSize(size));
  const [smallest] = rows;
  console.log("\nhistory, while a writer commits 50 times a second");
  console.table(
    rows.map(({ p50, ...row }) => ({
      ...row,
      "p50 ms": p50.toFixed(3),
      "of the smallest": (p50 / (smallest?.p50 ?? 1)).toFixed(2),
    })),
  );
}

async function benchSize(size: number) {
  using fixture = createFixture({ rows: size });
  await using _writer = startWriter(fixture.path, 50);
  await sleep(500);
  await using service = await startService(fixture.path);
  const first = await firstPass(service);
  const { p50Milliseconds } = await load({ port: service.port, path: "/metrics" }, 1, SECONDS);
  const residentMebibytes = service.residentMebibytes();
  const before = service.cpuSeconds();
  await fetch(`http://127.0.0.1:${service.port}/metrics`);
  await sleep(STEADY_SECONDS * 1000);
  const background = (service.cpuSeconds() - before) / STEADY_SECONDS;
  await using peer = await startPeer(fixture.path);
  const peerLoad = peer && (await load({ port: peer.port, path: "/metrics" }, 1, SECONDS));
  return {
    rows: size,
    p50: p50Milliseconds,
    "first pass s": (first.milliseconds / 1000).toFixed(1),
    "meanwhile /health p99 ms": first.health.toFixed(1),
    "meanwhile /metrics max ms": first.metrics.toFixed(1),
    "background, of one core": `${(background * 100).toFixed(1)} %`,
    "resident MiB": residentMebibytes.toFixed(0),
    "FastAPI p50 ms": peerLoad?.p50Milliseconds.toFixed(1) ?? "not installed",
  };
}

/** From the first answer until the sums are there; the 99th percentile of /health and the longest /metrics. */
async function firstPass({ port }: Program) {
  const began = performance.now();
  const health: number[] = [];
  let metrics = 0;
  for (;;) {
    const asked = performance.now();
    const answer = await fetch(`http://127.0.0.1:${port}/metrics`);
    const { cost, queue } = (await answer.json()) as { cost: Section; queue: Section };
    metrics = Math.max(metrics, performance.now() - asked);
    if (cost.error === null && queue.error === null) break;
    for (let count = 0; count < 20; count += 1) {
      const sent = performance.now();
      await (await fetch(`http://127.0.0.1:${port}/health`)).text();
      health.push(performance.now() - sent);
      await sleep(5);
    }
  }
  health.sort((a, b) => a - b);
  return {
    milliseconds: performance.now() - began,
    health: health[Math.floor(health.length * 0.99)] ?? 0,
    metrics,
  };
}

interface Section {
  readonly error: object | null;
}
