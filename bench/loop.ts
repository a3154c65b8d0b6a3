/** Measures scrapes without a pause during 50 commits a second, the start, and a thousand agents. */
import { loop, quantile } from "./client.ts";
import { createFixture, type FixtureOptions } from "./fixture.ts";
import { startService, startWriter, untilHistoryRead } from "./programs.ts";

const SECONDS = 5;

export async function benchLoop(rows: readonly number[]): Promise<void> {
  const table: object[] = [];
  for (const size of rows)
    table.push({ what: `${size} rows, 20 agents`, ...(await measure({ rows: size })) });
  const agents = await measure({ rows: 1_000, agents: 1_000, childrenOfAgent: 3 });
  table.push({ what: "1000 rows, 1000 agents with 3 children each", ...agents });
  console.log("\nGET /metrics without a pause over one connection, during 50 commits per second");
  console.table(table);
}

async function measure(options: FixtureOptions) {
  using fixture = createFixture(options);
  await using _writer = startWriter(fixture.path);
  await using service = await startService(fixture.path);
  const began = performance.now();
  await untilHistoryRead(service);
  const firstPass = performance.now() - began;
  const took = await loop(service.port, "/metrics", SECONDS);
  return {
    "p50 ms": quantile(took, 0.5).toFixed(2),
    "p99 ms": quantile(took, 0.99).toFixed(2),
    "start to first response, ms": service.firstAnswerMilliseconds.toFixed(0),
    "whole history read, s": (firstPass / 1000).toFixed(1),
    "PSS MiB": service.pssMebibytes().toFixed(0),
  };
}
