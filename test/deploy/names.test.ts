/** Rules, dashboard and documents name only metrics that the service really gives, and each alert has its runbook. */
import { existsSync, globSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { GetMetricsResponseSchema } from "../../gen/orchestrator/metrics/v1/metrics_pb.js";
import { expositionText } from "../../shared/exposition-text.ts";
import { families } from "../../src/exposition/families.ts";
import { filled } from "../contract/filled.ts";

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");
const namesIn = (text: string) => new Set(text.match(/\borch_[a-z_]+/g));
const RULES = "deploy/prometheus/rules.yml";

/** Every metric that there is: of an envelope of which everything is known, and no section failed. */
function exposedNames(): ReadonlySet<string> {
  const envelope = filled(GetMetricsResponseSchema, 1);
  const { stages, queue, agents, cost } = envelope;
  for (const part of [stages, queue, queue?.running, queue?.breakers, queue?.gates, agents, cost])
    if (part) part.error = undefined;
  const text = expositionText(families(envelope, "1.0.0"), "prometheus");
  return new Set([...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name as string));
}

describe("the metrics' names", () => {
  it("exist, wherever they are used, and are all documented", () => {
    const exposed = exposedNames();
    const documented = namesIn(read("docs/prometheus.md"));
    expect([...exposed].filter((name) => !documented.has(name))).toEqual([]);
    for (const path of [RULES, "docs/prometheus.md", ...globSync("deploy/grafana/*.json")])
      expect([...namesIn(read(path))].filter((name) => !exposed.has(name), path)).toEqual([]);
  });
});

describe("each alert", () => {
  const alerts = read(RULES).split("- alert: ").slice(1);

  it("has a runbook", () => {
    expect(alerts.length).toBeGreaterThan(8);
    for (const alert of alerts) {
      const page = /runbook_url: http:\/\/127\.0\.0\.1:9978\/(runbooks\/[a-z-]+)\n/.exec(alert)?.[1];
      const path = `docs/${page}.md`;
      expect(existsSync(new URL(`../../${path}`, import.meta.url)), `${alert.split("\n")[0]}: ${path}`).toBe(
        true,
      );
    }
  });

  it("has a case in which it fires", () => {
    const cases = read("deploy/prometheus/rules.test.yml");
    for (const alert of alerts)
      expect(cases).toMatch(new RegExp(`alertname: ${alert.split("\n")[0]}\n +exp_alerts:\n`));
  });
});
