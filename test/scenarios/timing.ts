/** The suite at its real pace, and at one that a test has the time for. */
import { DEFAULT_JUDGEMENT } from "../../watchdog/judgement/thresholds.ts";
import type { Timing } from "./suite.ts";

export const REAL: Timing = {
  thresholds: DEFAULT_JUDGEMENT,
  pollSeconds: 15,
  seconds: 900,
  paced: (seconds) => seconds,
};

const FASTER = 80;

/**
 * Whatever takes minutes takes seconds. The clock's ticks are as coarse as ever, a busy machine pauses as long as ever,
 * and two programs that spin share it with all others.
 */
export const SHORT: Timing = {
  thresholds: {
    ...DEFAULT_JUDGEMENT,
    // Further from the idle agent's ten minutes than at the real pace, where timers are not late by seconds.
    hungSeconds: 12,
    spinningSeconds: DEFAULT_JUDGEMENT.spinningSeconds / FASTER,
    fruitlessSeconds: DEFAULT_JUDGEMENT.fruitlessSeconds / FASTER,
    recentSeconds: 2,
    maxGapSeconds: 5,
    orphanedSeconds: 1,
    spinningCores: 0.1,
  },
  pollSeconds: 0.5,
  seconds: 28,
  paced: (seconds) => seconds / FASTER,
};
