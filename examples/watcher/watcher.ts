/**
 * Prints each agent whose process used no CPU and whose run made no progress between two responses. The watchdog knows much
 * more; this shows how to begin. Run it in a folder with the package: node watcher.ts [URL] [SECONDS]
 */
import { setTimeout as sleep } from "node:timers/promises";
import { createMetricsClient } from "orch-metrics/client";

const [baseUrl = "http://127.0.0.1:9977", seconds = "15"] = process.argv.slice(2);
const client = createMetricsClient({ baseUrl, timeoutMs: 5_000 });

async function readAgents() {
  const { agents } = await client.getMetrics({ readMask: { paths: ["agents"] } });
  // A section that cannot be read says why; that is not "no agents".
  if (agents?.error) throw new Error(`agents: ${agents.error.message}`);
  return new Map(agents?.running.map((agent) => [agent.runId, agent]));
}

let before = await readAgents();
for (;;) {
  await sleep(Number(seconds) * 1000);
  const now = await readAgents();
  for (const [runId, agent] of now) {
    const last = before.get(runId);
    // Undefined is unknown, never zero.
    if (last?.cpuTicks === undefined || agent.cpuTicks === undefined) continue;
    const isIdle = agent.cpuTicks === last.cpuTicks && agent.usage?.outputTokens === last.usage?.outputTokens;
    if (isIdle) console.log(`run ${runId} (${agent.agent}) has been idle for ${seconds} s`);
  }
  before = now;
}
