/** The findings of a rule at a target. */
import type { RuleName, RuleSettings } from "../config/rules.ts";
import type { Thresholds } from "../config/thresholds.ts";
import type { Target } from "../targets/target.ts";

export interface Finding {
  /** The subject, which distinguishes it from other findings of the rule at the target. */
  readonly labels: Readonly<Record<string, string>>;
  readonly summary: string;
  readonly evidence: string;
  /** Since when the condition has held, by the readings; absent: since it was first seen. */
  readonly since?: number | undefined;
  /** Exceeded thresholds besides the rule's own, with the names of the thresholds file. */
  readonly thresholds?: Readonly<Record<string, number>> | undefined;
  /** It is unknown whether the condition holds, so its alert stays as it is. */
  readonly unknown?: true;
}

/** `unknown`: the rule cannot be evaluated, so its alerts stay as they are. */
export type Findings = readonly Finding[] | "unknown";

/** A finding about the target as a whole. */
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
