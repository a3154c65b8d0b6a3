/**
 * The real Prometheus scrapes the service, over a database at rest and over the running demo. Its HTTP API
 * must return the values of the JSON envelope at the same time. .ci/run runs it.
 */
import assert from "node:assert/strict";
import type { GetMetricsResponseJson } from "../../gen/orchestrator/metrics/v1/metrics_pb.js";
import { startDemo } from "../demo/start-demo.ts";
import { eventually } from "../support/service.ts";
import { HOSTILE, startHostileService } from "./hostile-service.ts";
import { startPrometheus } from "./prometheus.ts";
import { checkDashboard, checkRules } from "./shipped.ts";

await using resting = await startHostileService();
await using demo = await startDemo();
await using prometheus = await startPrometheus({ resting: resting.service.url, demo: demo.url });
await eventually("Prometheus has scraped both", async () => (await prometheus.query("sum(up)")) === 2, 30);

const { stages, queue, cost, agents } = await envelopeOf(resting.service.url);
const sum = (values: readonly unknown[] = []) =>
  values.reduce<number>((total, value) => total + Number(value), 0);
const runs = cost?.by_agent_model?.map(({ usage }) => usage);
const expected: Record<string, number | undefined> = {
  'orch_jobs{job="resting",status="queued"}': queue?.counts?.queued,
  'orch_jobs{job="resting",status="failed"}': queue?.counts?.failed,
  'sum(orch_jobs{job="resting"})': sum(Object.values(queue?.counts ?? {})),
  'orch_job_attempts_total{job="resting"}': queue?.retries?.attempts_total,
  'orch_job_retries_retried{job="resting"}': queue?.retries?.retried_jobs,
  'orch_job_retries_exhausted{job="resting"}': queue?.retries?.exhausted_jobs,
  'orch_job_retries_waiting{job="resting"}': queue?.retries?.waiting_retry,
  'orch_breaker_state{job="resting",name="api",state="open"}': 1,
  'orch_breaker_state{job="resting",name="api",state="closed"}': 0,
  'orch_breaker_failures{job="resting",name="api"}': queue?.breakers?.items?.find(
    ({ name }) => name === "api",
  )?.failures,
  'sum(orch_gate_waiting{job="resting"})': sum(queue?.gates?.items?.map(({ waiting }) => waiting)),
  'sum(orch_cost_usd_total{job="resting"})': Number(cost?.totals?.cost_usd),
  'sum(orch_tokens_total{job="resting",type="input"})': Number(cost?.totals?.input_tokens),
  'sum(orch_runs_total{job="resting"})': sum(runs?.map((usage) => usage?.runs)),
  'sum(orch_priced_runs_total{job="resting"})': cost?.totals?.priced_runs,
  'orch_agents{job="resting"}': agents?.running?.length,
  'sum(orch_agent_start_time_seconds{job="resting"})': sum(
    agents?.running?.map(({ started_at }) => Date.parse(started_at ?? "") / 1000),
  ),
  'sum(orch_agent_presence{job="resting",presence="running"})': agents?.running?.length,
  'sum(orch_tasks{job="resting"})': sum(Object.values(stages?.counts ?? {})),
  'count(orch_tasks{job="resting"})': HOSTILE.length,
  'min(orch_section_up{job="resting"})': 1,
};
/** Allows for sums of the same numbers in another order. */
const isSame = (left: unknown, right: unknown) =>
  Math.abs(Number(left) - Number(right)) <= 1e-12 * Math.abs(Number(right));
for (const [expression, value] of Object.entries(expected)) {
  // On a busy machine a scrape may meet a section's deadline. The next one has the value.
  await eventually(`${expression} is ${value}, as in the envelope`, async () =>
    isSame(await prometheus.query(expression), value),
  );
}
console.log(`ok  at rest: PromQL gives the envelope's ${Object.keys(expected).length} values`);

// Values that grow: a scrape between two envelopes must have a value between theirs.
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
/** The difference of sums of the same numbers in another order. */
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

const shipped = await checkDashboard(prometheus, new URL(demo.url).host);
console.log(`ok  the dashboard's ${shipped} queries are answered`);
console.log(`ok  the ${await checkRules(prometheus)} rules are evaluated without an error`);

async function envelopeOf(url: string): Promise<GetMetricsResponseJson> {
  return (await (await fetch(`${url}/metrics`)).json()) as GetMetricsResponseJson;
}
