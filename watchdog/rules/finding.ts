/** What a rule says of a target. */
import type { RuleName, RuleSettings } from "../config/rules.ts";
import type { Thresholds } from "../config/thresholds.ts";
import type { Target } from "../targets/target.ts";

export interface Finding {
  /** What it is about, and what tells it from other findings of its rule on its target. */
  readonly labels: Readonly<Record<string, string>>;
  readonly summary: string;
  readonly evidence: string;
  /** Since when its condition holds, by what was read; absent: since it was first seen. */
  readonly since?: number | undefined;
  /** What it exceeds besides the numbers of its rule, under the names that the thresholds file has. */
  readonly thresholds?: Readonly<Record<string, number>> | undefined;
  /** It cannot be told now whether the condition holds: an alert of it stays as it is. */
  readonly unknown?: true;
}

/** `unknown`: the rule cannot tell anything now, and every alert of it stays as it is. */
export type Findings = readonly Finding[] | "unknown";

/** A condition that holds, of the target as a whole. */
export const found = (
  summary: string,
  evidence: string,
  thresholds: Finding["thresholds"] = {},
): Findings => [{ labels: {}, summary, evidence, thresholds }];

export interface RuleInput<Name extends RuleName = RuleName> {
  readonly target: Target;
  readonly now: number;
  readonly settings: RuleSettings<Name>;
  readonly budget: Thresholds["budget"];
}

export type Rule<Name extends RuleName = RuleName> = (input: RuleInput<Name>) => Findings;
