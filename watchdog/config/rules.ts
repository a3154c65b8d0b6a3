/**
 * The rules of the watchdog: the severity, how many seconds the condition must hold, the condition in words, and the
 * rule's thresholds. Each rule has a runbook of the same name: docs/runbooks/NAME.md.
 */
import type { Numbers } from "./numbers.ts";

export const SEVERITIES = ["critical", "warning", "info"] as const;

export const RULES = {
  "agent-hung": rule("critical", 0, "no progress for longer than the cause allows"),
  "agent-spinning": rule("warning", 0, "CPU use without progress"),
  // The verdict itself comes 15 to 30 seconds after the wait began: together about 2 minutes.
  "agent-waits-for-person": rule("warning", 105, "a program waits for a person at a terminal"),
  "agent-stopped": rule("warning", 60, "a process is stopped or frozen"),
  "agent-zombie": rule("warning", 60, "a process ended, and its parent has not reaped it"),
  "agent-gone": rule("critical", 60, "the process of an open run is gone, and nothing of the run grows"),
  "agent-orphaned": rule("warning", 30, "an agent still runs although its task is finished"),
  "agent-pid-reused": rule("critical", 30, "the run's pid now belongs to another process"),
  "agent-not-visible": rule("warning", 900, "the process of a run on this host cannot be seen"),
  "queue-ageing": rule("warning", 60, "a job that may start has waited too long", {
    oldest_seconds: [1800, "maximum wait of the oldest job"],
  }),
  "queue-growing": rule("warning", 300, "jobs arrive faster than they are started", {
    jobs: [50, "minimum growth within the window, in jobs"],
    times: [2, "minimum growth within the window, as a factor"],
    window_seconds: [1800, "at most 3600"],
  }),
  "retry-storm": rule("warning", 60, "jobs are started again and again, and few are done", {
    starts: [30, "minimum starts within the window"],
    starts_per_done: [4, "minimum starts for each job done"],
    window_seconds: [600, "at most 3600"],
  }),
  "jobs-exhausted": rule("warning", 0, "jobs failed and have no attempts left", {
    jobs: [1, "minimum number within the window"],
    window_seconds: [3600, "at most 3600"],
  }),
  "breaker-open": rule("warning", 60, "a circuit breaker is open"),
  "gate-held": rule("warning", 60, "a task has held a gate for too long", {
    held_seconds: [3600, "maximum time"],
    waiting: [0, "minimum number of waiting tasks; above 0, an unknown number raises no alert"],
  }),
  "cost-per-hour": rule("warning", 0, "spending in the last hour exceeds the budget; needs a budget"),
  "cost-per-day": rule("warning", 0, "spending since midnight exceeds the budget; needs a budget"),
  "unpriced-runs": rule("info", 0, "runs finished without a known cost", {
    runs: [3, "minimum number within the window"],
    window_seconds: [3600, "at most 3600"],
  }),
  "section-broken": rule("warning", 180, "a section, or a part of one, cannot be read"),
  "target-down": rule("critical", 60, "a target is down, refuses the token, or has another schema version"),
  "target-stale": rule("warning", 60, "a target repeats the same answer"),
  "recording-stopped": rule("warning", 60, "the watchdog cannot write its history"),
};

function rule<const N extends Numbers = Record<never, never>>(
  severity: (typeof SEVERITIES)[number],
  forSeconds: number,
  describe: string,
  numbers?: N,
) {
  return { severity, forSeconds, describe, numbers: numbers ?? ({} as N) };
}

export type RuleName = keyof typeof RULES;

export const RULE_NAMES = Object.keys(RULES) as RuleName[];

/** The settings of one rule. Its thresholds have the same names as in the thresholds file. */
export type RuleSettings<Name extends RuleName = RuleName> = {
  readonly enabled: boolean;
  readonly severity: (typeof SEVERITIES)[number];
  readonly for_seconds: number;
} & { readonly [Key in keyof (typeof RULES)[Name]["numbers"]]: number };
