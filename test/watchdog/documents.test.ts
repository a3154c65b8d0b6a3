/** The documents state the same defaults, severities and times as the code. */
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { RULE_NAMES, RULES, type RuleName, type SEVERITIES } from "../../watchdog/config/rules.ts";
import { thresholdsText } from "../../watchdog/config/thresholds.ts";

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");
const { judgement, rules } = parse(thresholdsText()) as {
  judgement: Record<string, number>;
  rules: Record<string, Record<string, number>>;
};

interface PrometheusRule {
  readonly alert?: string;
  readonly expr: string;
  readonly for?: string;
  readonly labels: { readonly severity: (typeof SEVERITIES)[number] };
  readonly annotations: { readonly runbook_url: string };
}

const { groups } = parse(read("deploy/prometheus/rules.yml")) as { groups: { rules: PrometheusRule[] }[] };
const ALERTS = new Map(
  groups
    .flatMap(({ rules }) => rules)
    .filter(({ alert }) => alert !== undefined)
    .map((rule) => [rule.annotations.runbook_url.split("/").at(-1) as RuleName, rule]),
);

/** The numbers that a Prometheus rule compares with. CPU time is that of a window, so it is cores times the window. */
const LIMITS: Partial<Record<RuleName, readonly (number | undefined)[]>> = {
  "agent-hung": [
    judgement.lock_seconds,
    judgement.hung_seconds,
    judgement.repeat_seconds,
    judgement.peer_seconds,
    judgement.child_seconds,
    coreSeconds("spinning_cores", 120),
  ],
  "agent-spinning": [
    judgement.spinning_seconds,
    coreSeconds("spinning_cores", 600),
    coreSeconds("spinning_cores", 120),
  ],
  "agent-waits-for-person": [(judgement.person_seconds ?? 0) + RULES["agent-waits-for-person"].forSeconds],
  "agent-stopped": [RULES["agent-stopped"].forSeconds],
  "agent-pid-reused": [judgement.process_lag_seconds, coreSeconds("working_cores", 120)],
  "agent-not-visible": [RULES["agent-not-visible"].forSeconds],
  "queue-ageing": defaults("queue-ageing", "oldest_seconds"),
  "retry-storm": defaults("retry-storm", "starts", "starts_per_done"),
  "gate-held": defaults("gate-held", "held_seconds"),
  // An example of a budget, which has no default.
  "cost-per-hour": [50],
};

/** How much longer than the watchdog a Prometheus rule waits, until progress or computing would show. */
const EVIDENCE_SECONDS: Partial<Record<RuleName, number>> = { "agent-gone": 60, "agent-pid-reused": 60 };

const SEVERITY = { critical: "critical", warning: "a warning", info: "informational" };

function coreSeconds(cores: string, seconds: number): number {
  return (judgement[cores] ?? 0) * seconds;
}

function defaults(name: RuleName, ...keys: readonly string[]): readonly (number | undefined)[] {
  return keys.map((key) => rules[name]?.[key]);
}

/** Returns what `expr` compares with `>` or `>=`, except with 0. */
function limitsIn(expr: string): readonly number[] {
  return [...expr.matchAll(/>=? (?:on \([^)]*\) )?([\d.]+)/g)]
    .map(([, limit]) => Number(limit))
    .filter(Boolean);
}

function secondsOf(time: string): number {
  return Number.parseInt(time, 10) * (time.endsWith("m") ? 60 : 1);
}

const minutes = (seconds: number) => (seconds % 60 === 0 ? `${seconds / 60} min` : `${seconds} s`);

function inTheWatchdog(name: RuleName): string {
  const { severity, forSeconds } = RULES[name];
  return `\`${name}\` is ${SEVERITY[severity]} and fires ${forSeconds === 0 ? "at once" : `after ${minutes(forSeconds)}`}`;
}

/**
 * Returns what a runbook says about the Prometheus rule. Without `for`, the expression itself holds the time.
 */
function inPrometheus({ alert, for: held, labels }: PrometheusRule): string {
  const fires = held === undefined ? "" : ` and fires after ${minutes(secondsOf(held))}`;
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

describe("each Prometheus alert", () => {
  it.each([...ALERTS])(
    "has the severity, the delay and the thresholds of %s",
    (name, { expr, for: held, labels }) => {
      const { severity, forSeconds } = RULES[name];
      expect(labels.severity).toBe(severity);
      expect(limitsIn(expr).toSorted()).toEqual((LIMITS[name] ?? []).toSorted());
      // Without `for`, the expression holds the time.
      if (held !== undefined) expect(secondsOf(held)).toBe(forSeconds + (EVIDENCE_SECONDS[name] ?? 0));
      else expect(forSeconds === 0 || LIMITS[name]?.some((limit) => (limit ?? 0) >= forSeconds)).toBe(true);
    },
  );
});

describe("docs/hung-or-busy.md", () => {
  const text = read("docs/hung-or-busy.md");

  it("states the defaults next to the causes", () => {
    const limits = [...text.matchAll(/`(\w+_seconds)` (\d+)/g)];
    expect(limits.length).toBeGreaterThanOrEqual(9);
    for (const [, name = "", value] of limits) expect([name, Number(value)]).toEqual([name, judgement[name]]);
  });
});
