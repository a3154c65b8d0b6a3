/** The suite at its real pace, and at one that a test has the time for. */
import { RULES } from "../../watchdog/config/rules.ts";
import { DEFAULT_JUDGEMENT } from "../../watchdog/judgement/thresholds.ts";

export interface Timing {
  readonly name: "real" | "short";
  readonly pollSeconds: number;
  /** How long all of it lasts. */
  readonly seconds: number;
  /** How much later than its time a verdict may come. */
  readonly slackSeconds: number;
  /** Seconds of the real world as long as they last here. */
  readonly paced: (seconds: number) => number;
  /** What the thresholds file says. */
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

const { lockSeconds, spinningSeconds, hungSeconds, repeatSeconds, peerSeconds, childSeconds } =
  DEFAULT_JUDGEMENT;

/** Ticks of the clock are as coarse as ever, a busy machine pauses as long as ever, and what spins shares it with all others. */
export const SHORT: Timing = {
  name: "short",
  pollSeconds: 0.5,
  slackSeconds: 10,
  seconds: 45,
  paced: (seconds) => seconds / FASTER,
  thresholds: {
    judgement: {
      lock_seconds: lockSeconds / FASTER,
      spinning_seconds: spinningSeconds / FASTER,
      hung_seconds: hungSeconds / FASTER,
      repeat_seconds: repeatSeconds / FASTER,
      peer_seconds: peerSeconds / FASTER,
      child_seconds: childSeconds / FASTER,
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
