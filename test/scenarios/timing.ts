/** The pace of the suite: the real one, and a short one for tests. */
import { RULES } from "../../watchdog/config/rules.ts";
import { DEFAULT_JUDGEMENT } from "../../watchdog/judgement/thresholds.ts";

export interface Timing {
  readonly name: "real" | "short";
  readonly pollSeconds: number;
  /** The total duration. */
  readonly seconds: number;
  /** The tolerated delay of a verdict. */
  readonly slackSeconds: number;
  /** Converts seconds of the real world to their duration here. */
  readonly paced: (seconds: number) => number;
  /** The contents of the thresholds file. */
  readonly thresholds: {
    readonly judgement?: Readonly<Record<string, number>>;
    readonly rules?: Readonly<Record<string, { readonly for_seconds: number }>>;
  };
}

export const REAL: Timing = {
  name: "real",
  pollSeconds: 15,
  // Two polls.
  slackSeconds: 30,
  seconds: 1_500,
  paced: (seconds) => seconds,
  thresholds: {},
};

const FASTER = 40;

const { lock_seconds, spinning_seconds, hung_seconds, repeat_seconds, peer_seconds, child_seconds } =
  DEFAULT_JUDGEMENT;

/**
 * At this pace clock ticks are as coarse as at the real one, a busy machine pauses just as long, and spinning
 * processes share it.
 */
export const SHORT: Timing = {
  name: "short",
  pollSeconds: 0.5,
  slackSeconds: 10,
  seconds: 45,
  paced: (seconds) => seconds / FASTER,
  thresholds: {
    judgement: {
      lock_seconds: lock_seconds / FASTER,
      spinning_seconds: spinning_seconds / FASTER,
      hung_seconds: hung_seconds / FASTER,
      repeat_seconds: repeat_seconds / FASTER,
      peer_seconds: peer_seconds / FASTER,
      child_seconds: child_seconds / FASTER,
      person_seconds: 2,
      recent_seconds: 2,
      max_gap_seconds: 10,
      orphaned_seconds: 1,
      spinning_cores: 0.1,
    },
    rules: Object.fromEntries(
      Object.entries(RULES)
        .filter(([name]) => name.startsWith("agent-"))
        .map(([name, { forSeconds }]) => [name, { for_seconds: forSeconds / FASTER }]),
    ),
  },
};
