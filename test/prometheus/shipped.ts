/** The shipped dashboard and rules, evaluated by a Prometheus that scrapes the running demo. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { eventually } from "../support/service.ts";
import type { Prometheus } from "./prometheus.ts";

const DASHBOARD = new URL("../../deploy/grafana/orchestrators.json", import.meta.url);

interface Panel {
  readonly title: string;
  readonly targets?: readonly { readonly expr: string }[];
}

/** Expects that every query of the dashboard returns data, except those that compare with an hour ago. */
export async function checkDashboard(prometheus: Prometheus, instance: string): Promise<number> {
  const { panels } = JSON.parse(readFileSync(DASHBOARD, "utf8")) as { panels: readonly Panel[] };
  const queries = panels.flatMap(({ title, targets = [] }) => targets.map(({ expr }) => ({ title, expr })));
  for (const { title, expr } of queries) {
    const expression = expr.replaceAll("$job", "demo").replaceAll("$instance", instance);
    if (expr.includes(" offset ")) await prometheus.ask(expression);
    else
      await eventually(`"${title}" finds something: ${expression}`, async () => {
        return (await prometheus.ask(expression)).length > 0;
      });
  }
  return queries.length;
}

/** Expects that every rule was evaluated without an error, such as two matching series. */
export async function checkRules(prometheus: Prometheus): Promise<number> {
  await eventually("all rules were evaluated", async () =>
    (await prometheus.rules()).every(({ health }) => health !== "unknown"),
  );
  const rules = await prometheus.rules();
  assert.ok(rules.length > 0);
  assert.deepEqual(
    rules.filter(({ health }) => health !== "ok"),
    [],
  );
  return rules.length;
}
