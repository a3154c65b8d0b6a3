/**
 * The real Prometheus scrapes the service, over a database at rest and over the running demo, and its HTTP API gives
 * back what the JSON envelope of the same moment holds. Run by .ci/run.
 */
import assert from "node:assert/strict";
import type { GetMetricsResponseJson } from "../../gen/orchestrator/metrics/v1/metrics_pb.js";
import { startDemo } from "../demo/start-demo.ts";
import { eventually } from "../support/service.ts";
import { HOSTILE, startHostileService } from "./hostile-service.ts";
import { startPrometheus } from "./prometheus.ts";

await using resting = await startHostileService();
await using demo = await startDemo();
await using prometheus = await startPrometheus({ resting: resting.service.url, demo: demo.url });
await eventually("Prometheus has scraped both", async () => (await prometheus.query("sum(up)")) === 2, 30);

const { queue, cost, agents } = await envelopeOf(resting.service.url);
const expected: Record<string, number | undefined> = {
  'orch_jobs{job="resting",status="queued"}': queue?.counts?.queued,
  'orch_jobs{job="resting",status="failed"}': queue?.counts?.failed,
  'orch_job_attempts_total{job="resting"}': queue?.retries?.attempts_total,
  'orch_job_retries_exhausted{job="resting"}': queue?.retries?.exhausted_jobs,
  'orch_breaker_state{job="resting",name="api",state="open"}': 1,
  'sum(orch_cost_usd_total{job="resting"})': Number(cost?.totals?.cost_usd),
  'orch_agents{job="resting"}': agents?.running?.length,
  'sum(orch_tasks{job="resting"})': HOSTILE.length,
  'min(orch_section_up{job="resting"})': 1,
};
for (const [expression, value] of Object.entries(expected))
  assert.equal(await prometheus.query(expression), value, expression);
console.log(`ok  at rest: PromQL gives the envelope's ${Object.keys(expected).length} values`);

// What moves: a scrape between two envelopes holds a value between theirs.
const growing: Record<string, (envelope: GetMetricsResponseJson) => number> = {
  'sum(orch_cost_usd_total{job="demo"})': (envelope) => Number(envelope.cost?.totals?.cost_usd),
  'sum(orch_tokens_total{job="demo",type="output"})': (envelope) =>
    Number(envelope.cost?.totals?.output_tokens),
  'orch_job_attempts_total{job="demo"}': (envelope) => Number(envelope.queue?.retries?.attempts_total),
  'sum(orch_agent_cpu_seconds_total{job="demo",agent="busy-developer"})': (envelope) => {
    const run = envelope.agents?.running?.find(({ agent }) => agent === "busy-developer");
    return Number(run?.cpu_ticks) / Number(envelope.clk_tck);
  },
};
const before = await envelopeOf(demo.url);
const began = Date.now() / 1000;
await eventually(
  "a later scrape of the demo",
  async () => Number(await prometheus.query('timestamp(orch_agents{job="demo"})')) > began,
);
const scraped = new Map<string, number>();
for (const expression of Object.keys(growing))
  scraped.set(expression, Number(await prometheus.query(expression)));
const after = await envelopeOf(demo.url);
/** A sum of the same numbers in another order. */
const ROUNDING = 1e-9;
for (const [expression, value] of Object.entries(growing)) {
  const found = Number(scraped.get(expression));
  const [low, high] = [value(before), value(after)];
  assert.ok(
    found > 0 && found >= low - ROUNDING && found <= high + ROUNDING,
    `${expression}: ${low} <= ${found} <= ${high}`,
  );
}
console.log(`ok  over the running demo: ${Object.keys(growing).length} sums lie between two envelopes'`);

async function envelopeOf(url: string): Promise<GetMetricsResponseJson> {
  return (await (await fetch(`${url}/metrics`)).json()) as GetMetricsResponseJson;
}
