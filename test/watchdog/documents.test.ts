/** The documents state the same defaults, severities and times as the code. */
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { RULE_NAMES, RULES, type RuleName, type SEVERITIES } from "../../watchdog/config/rules.ts";
import { thresholdsText } from "../../watchdog/config/thresholds.ts";

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");
const { judgement } = parse(thresholdsText()) as { judgement: Record<string, number> };

interface PrometheusRule {
  readonly alert?: string;
  readonly for?: string;
  readonly labels: { readonly severity: (typeof SEVERITIES)[number] };
  readonly annotations: { readonly runbook_url: string };
}

const { groups } = parse(read("deploy/prometheus/rules.yml")) as { groups: { rules: PrometheusRule[] }[] };
const ALERTS = new Map(
  groups
    .flatMap(({ rules }) => rules)
    .filter(({ alert }) => alert !== undefined)
    .map((rule) => [rule.annotations.runbook_url.split("/").at(-1), rule]),
);

const SEVERITY = { critical: "critical", warning: "a warning", info: "informational" };

const minutes = (seconds: number) => (seconds % 60 === 0 ? `${seconds / 60} min` : `${seconds} s`);

function inTheWatchdog(name: RuleName): string {
  const { severity, forSeconds } = RULES[name];
  return `\`${name}\` is ${SEVERITY[severity]} and fires ${forSeconds === 0 ? "at once" : `after ${minutes(forSeconds)}`}`;
}

/**
 * Returns what a runbook says about the Prometheus rule. Without `for`, the expression itself holds the time.
 */
function inPrometheus({ alert, for: held, labels }: PrometheusRule): string {
  const fires = held === undefined ? "" : ` and fires after ${minutes(Number.parseInt(held, 10) * 60)}`;
  return `; \`${alert}\` in Prometheus is ${SEVERITY[labels.severity]}${fires}`;
}

describe("each runbook", () => {
  it.each(RULE_NAMES)("states the severity and the delay of %s, and of its Prometheus alert", (name) => {
    const alert = ALERTS.get(name);
    expect(read(`docs/runbooks/${name}.md`)).toContain(
      `\n\nBy default, ${inTheWatchdog(name)}${alert ? inPrometheus(alert) : ""}.\n\n`,
    );
  });

  it("belongs to a rule", () => {
    const names = readdirSync(new URL("../../docs/runbooks", import.meta.url));
    expect(names.toSorted()).toEqual(RULE_NAMES.map((name) => `${name}.md`).toSorted());
    for (const name of ALERTS.keys()) expect(RULE_NAMES).toContain(name);
  });
});

describe("docs/hung-or-busy.md", () => {
  const text = read("docs/hung-or-busy.md");

  it("has each threshold's default in its table", () => {
    const [, table = ""] = text.split("\n## Thresholds\n");
    const rows = [...table.matchAll(/^\| `(\w+)` \| ([\d.]+) \|/gm)].map(([, name, value]) => [
      name,
      Number(value),
    ]);
    expect(Object.fromEntries(rows)).toEqual(judgement);
  });

  it("states the defaults next to the causes", () => {
    const limits = [...text.matchAll(/`(\w+_seconds)` (\d+)/g)];
    expect(limits.length).toBeGreaterThanOrEqual(9);
    for (const [, name = "", value] of limits) expect([name, Number(value)]).toEqual([name, judgement[name]]);
  });
});
