/** Evaluates all rules over one target. */
import type { RuleName } from "../config/rules.ts";
import type { Thresholds } from "../config/thresholds.ts";
import type { Target } from "../targets/target.ts";
import { agentRules } from "./agent-rules.ts";
import { costRules } from "./cost-rules.ts";
import type { Findings, Rule } from "./finding.ts";
import { queueRules } from "./queue-rules.ts";
import { sectionRules } from "./section-rules.ts";
import { targetRules } from "./target-rules.ts";

const OF_ENVELOPES = { ...agentRules, ...queueRules, ...costRules, ...sectionRules };
const RULES: Readonly<Record<string, Rule<never>>> = { ...OF_ENVELOPES, ...targetRules };

/** Returns the findings of each rule. Without a new envelope, rules over the envelope are unknown. */
export function evaluate(
  target: Target,
  thresholds: Thresholds,
  now: number,
): ReadonlyMap<RuleName, Findings> {
  const current = target.state === "up" || target.state === "slow";
  const found = new Map<RuleName, Findings>();
  for (const [name, rule] of Object.entries(RULES)) {
    const settings = thresholds.rules[name as RuleName];
    const known = current || !(name in OF_ENVELOPES);
    const input = { target, now, settings, budget: thresholds.budget } as never;
    // A disabled rule finds nothing, which ends its alerts.
    found.set(name as RuleName, !settings.enabled ? [] : known ? rule(input) : "unknown");
  }
  return found;
}
