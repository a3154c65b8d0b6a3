/** Many agents: 1,000 running ones with three children each. */
import { load } from "./client.ts";
import { createFixture } from "./fixture.ts";
import { startService } from "./programs.ts";

const AGENTS = 1_000;
const CHILDREN = 3;

export async function benchAgents(): Promise<void> {
  using fixture = createFixture({ rows: 1_000, agents: AGENTS, childrenOfAgent: CHILDREN });
  await using service = await startService(fixture.path);
  const { p50Milliseconds, p99Milliseconds } = await load({ port: service.port, path: "/metrics" }, 1, 5);
  console.log(`\n${AGENTS} running agents with ${CHILDREN} children each, 1 connection`);
  console.log(`p50 ${p50Milliseconds.toFixed(1)} ms, p99 ${p99Milliseconds.toFixed(1)} ms`);
}
