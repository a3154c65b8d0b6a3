/** The thresholds: the numbers that are not a rule's, and what the file and the defaults come to for a target. */
import { DEFAULT_JUDGEMENT, JUDGEMENT, type JudgementThresholds } from "../judgement/thresholds.ts";
import { defaultsOf, type Numbers } from "./numbers.ts";
import { RULES, type RuleName, type RuleSettings } from "./rules.ts";

const BUDGET = {
  per_hour_usd: [null, "US dollars that an hour may cost"],
  per_day_usd: [null, "US dollars that a day may cost"],
} as const satisfies Numbers;

const POLLING = {
  slow_seconds: [2, "an answer that takes longer is slow"],
  stale_seconds: [60, "an answer that stays the same for so long is stale"],
} as const satisfies Numbers;

const ALERTS = {
  resolve_after_seconds: [30, "a condition must be absent for so long before its alert is resolved"],
} as const satisfies Numbers;

/** The file's sections of numbers, in its order and under its names. */
export const SECTIONS = {
  judgement: Object.fromEntries(
    Object.entries(JUDGEMENT).map(([name, definition]) => [snakeCase(name), definition]),
  ),
  budget: BUDGET,
  polling: POLLING,
  alerts: ALERTS,
} satisfies Readonly<Record<string, Numbers>>;

export interface Thresholds {
  readonly judgement: JudgementThresholds;
  readonly rules: { readonly [Name in RuleName]: RuleSettings<Name> };
  readonly budget: { readonly [Name in keyof typeof BUDGET]?: number };
  readonly polling: { readonly [Name in keyof typeof POLLING]: number };
  readonly alerts: { readonly [Name in keyof typeof ALERTS]: number };
}

/** What the file may hold: any part of it. Each value has been checked. */
type Part = {
  readonly [Section in keyof typeof SECTIONS]?: Readonly<Record<string, number | null>> | null;
} & { readonly rules?: Readonly<Record<string, object | null>> | null };

export interface ThresholdsFile extends Part {
  /** For single targets, by name. */
  readonly targets?: Readonly<Record<string, Part | null>> | null;
}

/** The defaults, with what the file says for all, and over it what it says for this target. */
export function thresholdsOf(file: ThresholdsFile, target = ""): Thresholds {
  const parts = [file, file.targets?.[target] ?? {}];
  const numbersOf = (section: keyof typeof SECTIONS): Record<string, number | null> =>
    Object.assign({ ...defaultsOf(SECTIONS[section]) }, ...parts.map((part) => part[section]));
  const judgement = numbersOf("judgement");
  const rules = Object.entries(RULES).map(([name, { severity, forSeconds, numbers }]) => {
    const defaults = { enabled: true, severity, for_seconds: forSeconds, ...defaultsOf(numbers) };
    return [name, Object.assign(defaults, ...parts.map((part) => part.rules?.[name]))];
  });
  return {
    judgement: Object.fromEntries(
      Object.keys(DEFAULT_JUDGEMENT).map((name) => [name, judgement[snakeCase(name)]]),
    ),
    rules: Object.fromEntries(rules),
    budget: Object.fromEntries(Object.entries(numbersOf("budget")).filter(([, value]) => value !== null)),
    polling: numbersOf("polling"),
    alerts: numbersOf("alerts"),
  } as Thresholds;
}

function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
