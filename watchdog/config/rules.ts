/**
 * Every rule of the watchdog: its severity, for how many seconds its condition must hold, what fires, and its numbers. A
 * rule's name is its runbook's: docs/runbooks/NAME.md.
 */
import type { Numbers } from "./numbers.ts";

export const SEVERITIES = ["critical", "warning", "info"] as const;

export const RULES = {
  "agent-hung": rule("critical", 0, "an agent makes no progress, for longer than what it waits for may take"),
  "agent-spinning": rule("warning", 0, "an agent or its children compute and make no progress"),
  // The verdict itself comes after 30 seconds: together 2 minutes.
  "agent-waits-for-person": rule("warning", 105, "an agent waits for a person to answer at its terminal"),
  "agent-stopped": rule("warning", 60, "an agent's process, or a child of it, is stopped or frozen"),
  "agent-zombie": rule("warning", 60, "an agent's process ended, and nobody waited for it"),
  "agent-gone": rule(
    "critical",
    60,
    "a run says that it is running, its process is gone, and nothing of it grows",
  ),
  "agent-orphaned": rule("warning", 30, "an agent lives on although its task is finished"),
  "agent-pid-reused": rule("critical", 30, "the run's pid belongs to another process now"),
  "agent-not-visible": rule("warning", 900, "a run's process cannot be seen, and no other host has it"),
  "queue-ageing": rule("warning", 60, "a job that may start has waited too long", {
    oldest_seconds: [1800, "how long the job that waits longest may wait"],
  }),
  "queue-growing": rule("warning", 300, "more jobs come than are taken", {
    jobs: [50, "so many more are queued than a window ago"],
    times: [2, "and so many times as many"],
    window_seconds: [1800, "how long ago it compares with; at most 3600"],
  }),
  "retry-storm": rule("warning", 60, "jobs are started again and again, and few get done", {
    starts: [30, "so many starts within the window"],
    starts_per_done: [4, "and so many for each job that was done"],
    window_seconds: [600, "the window; at most 3600"],
  }),
  "jobs-exhausted": rule("warning", 0, "jobs failed with no attempt left", {
    jobs: [1, "so many within the window"],
    window_seconds: [3600, "the window; at most 3600"],
  }),
  "breaker-open": rule("warning", 60, "a circuit breaker is open"),
  "gate-held": rule("warning", 60, "one task holds a serial gate too long", {
    held_seconds: [3600, "how long it may be held"],
    waiting: [0, "and so many tasks wait for it; above 0, an unknown number raises no alert"],
  }),
  "cost-per-hour": rule("warning", 0, "the last hour cost more than its budget; never without one"),
  "cost-per-day": rule(
    "warning",
    0,
    "today, in the watchdog's time zone, cost more than its budget; never without one",
  ),
  "unpriced-runs": rule("info", 0, "runs finished whose cost nobody knows", {
    runs: [3, "so many within the window"],
    window_seconds: [3600, "the window; at most 3600"],
  }),
  "section-broken": rule("warning", 180, "a section of the envelope, or a part of one, cannot be read"),
  "target-down": rule("critical", 60, "a target cannot be read: down, unauthenticated or of another schema"),
  "target-stale": rule("warning", 60, "a target answers, and the answer is an old one"),
  "recording-stopped": rule("warning", 60, "the watchdog cannot write its history; it watches and alerts on"),
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

/** One rule as it is set, with its numbers under the names that the file has. */
export type RuleSettings<Name extends RuleName = RuleName> = {
  readonly enabled: boolean;
  readonly severity: (typeof SEVERITIES)[number];
  readonly for_seconds: number;
} & { readonly [Key in keyof (typeof RULES)[Name]["numbers"]]: number };
