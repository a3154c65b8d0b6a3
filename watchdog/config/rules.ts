/**
 * Every rule of the watchdog: what it says, how grave it is, how long its condition must hold, and its numbers. The
 * thresholds file, its schema and the documentation are made from this list.
 */

export type Severity = "critical" | "warning" | "info";

export interface RuleDefinition {
  /** What fires. */
  readonly describe: string;
  readonly severity: Severity;
  readonly forSeconds: number;
  readonly numbers: Readonly<Record<string, { readonly value: number; readonly describe: string }>>;
}

function define<T extends Record<string, RuleDefinition>>(rules: T): T {
  return rules;
}

/** A rule's name is its runbook's: docs/runbooks/NAME.md. */
export const RULES = define({
  "agent-hung": {
    describe: "an agent is hung, by the judgement's thresholds",
    severity: "critical",
    forSeconds: 0,
    numbers: {},
  },
  "agent-spinning": {
    describe: "an agent computes and has nothing to show for it",
    severity: "warning",
    forSeconds: 0,
    numbers: {},
  },
  "agent-stopped": {
    describe: "an agent's process is stopped, by SIGSTOP or a debugger",
    severity: "warning",
    forSeconds: 60,
    numbers: {},
  },
  "agent-zombie": {
    describe: "an agent's process ended, and nobody waited for it",
    severity: "warning",
    forSeconds: 60,
    numbers: {},
  },
  "agent-gone": {
    describe: "a run says that it is running, and its process is gone",
    severity: "critical",
    forSeconds: 60,
    numbers: {},
  },
  "agent-orphaned": {
    describe: "an agent lives on although its task is finished",
    severity: "warning",
    forSeconds: 30,
    numbers: {},
  },
  "agent-pid-reused": {
    describe: "the run's pid belongs to another process now",
    severity: "critical",
    forSeconds: 30,
    numbers: {},
  },
  "queue-ageing": {
    describe: "a job that may start has waited too long",
    severity: "warning",
    forSeconds: 60,
    numbers: { oldest_seconds: { value: 1800, describe: "how long the job that waits longest may wait" } },
  },
  "queue-growing": {
    describe: "more jobs come than are taken",
    severity: "warning",
    forSeconds: 300,
    numbers: {
      jobs: { value: 50, describe: "so many more are queued than a window ago" },
      times: { value: 2, describe: "and so many times as many" },
      window_seconds: { value: 1800, describe: "how long ago it compares with; at most 3600" },
    },
  },
  "retry-storm": {
    describe: "jobs are started again and again, and few get done",
    severity: "warning",
    forSeconds: 60,
    numbers: {
      starts: { value: 30, describe: "so many starts within the window" },
      starts_per_done: { value: 4, describe: "and so many for each job that was done" },
      window_seconds: { value: 600, describe: "the window; at most 3600" },
    },
  },
  "jobs-exhausted": {
    describe: "jobs failed with no attempt left",
    severity: "warning",
    forSeconds: 0,
    numbers: {
      jobs: { value: 1, describe: "so many within the window" },
      window_seconds: { value: 3600, describe: "the window; at most 3600" },
    },
  },
  "breaker-open": {
    describe: "a circuit breaker is open",
    severity: "warning",
    forSeconds: 60,
    numbers: {},
  },
  "gate-held": {
    describe: "one task holds a serial gate too long",
    severity: "warning",
    forSeconds: 60,
    numbers: {
      held_seconds: { value: 3600, describe: "how long it may be held" },
      waiting: { value: 0, describe: "and so many tasks wait for it; 0 where the source does not tell them" },
    },
  },
  "cost-per-hour": {
    describe: "the last hour cost more than its budget; never without one",
    severity: "warning",
    forSeconds: 0,
    numbers: {},
  },
  "cost-per-day": {
    describe: "today, in the watchdog's time zone, cost more than its budget; never without one",
    severity: "warning",
    forSeconds: 0,
    numbers: {},
  },
  "unpriced-runs": {
    describe: "runs finished whose cost nobody knows",
    severity: "info",
    forSeconds: 0,
    numbers: {
      runs: { value: 3, describe: "so many within the window" },
      window_seconds: { value: 3600, describe: "the window; at most 3600" },
    },
  },
  "section-broken": {
    describe: "a section of the envelope, or a part of one, cannot be read",
    severity: "warning",
    forSeconds: 180,
    numbers: {},
  },
  "target-down": {
    describe: "a target cannot be read: down, unauthenticated or of another schema",
    severity: "critical",
    forSeconds: 60,
    numbers: {},
  },
  "target-stale": {
    describe: "a target answers, and the answer is an old one",
    severity: "warning",
    forSeconds: 60,
    numbers: {},
  },
  "recording-stopped": {
    describe: "the watchdog cannot write its history; it watches and alerts on",
    severity: "warning",
    forSeconds: 60,
    numbers: {},
  },
});

export type RuleName = keyof typeof RULES;

export const RULE_NAMES = Object.keys(RULES) as RuleName[];

/** One rule as it is set, with its numbers under the names that the file has. */
export type RuleSettings<Name extends RuleName = RuleName> = {
  readonly enabled: boolean;
  readonly severity: Severity;
  readonly for_seconds: number;
} & { readonly [Key in keyof (typeof RULES)[Name]["numbers"]]: number };

export type AllRuleSettings = { readonly [Name in RuleName]: RuleSettings<Name> };
