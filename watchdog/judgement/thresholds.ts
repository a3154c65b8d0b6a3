/** Where one verdict ends and the next begins. docs/hung-or-busy.md says what each decides and why it is so large. */
import { defaultsOf, type Numbers } from "../config/numbers.ts";

export const JUDGEMENT = {
  // No ticks, no switches, no characters, no log, no tokens.
  hungSeconds: [720, "so long without any sign of life, of it and its descendants, is hung"],
  // It switches, or computes a little, and nothing else moves.
  fruitlessSeconds: [3_600, "awake for so long with nothing to show is hung too"],
  spinningSeconds: [600, "computing for so long with nothing to show is spinning"],
  // From each reading to the next.
  spinningCores: [0.3, "the share of one core from which computing may be spinning"],
  workingCores: [0.02, "the share of one core from which a process counts as computing"],
  recentSeconds: [60, "what happened in so long until now decides between working and waiting"],
  // Nobody looked, or the machine slept.
  maxGapSeconds: [120, "readings further apart are not compared; more than two polls"],
  orphanedSeconds: [30, "a live agent whose task is finished for so long is orphaned"],
  processLagSeconds: [60, "a process that started so much later than its run is another one"],
  processLeadSeconds: [
    0,
    "one that started so much before its run is none of its own; 0: it may, as in a pool",
  ],
  quietSwitchesPerMinute: [
    1,
    "so many voluntary switches a minute are a runtime's housekeeping, and still silence",
  ],
} as const satisfies Numbers;

export type JudgementThresholds = { readonly [Name in keyof typeof JUDGEMENT]: number };

export const DEFAULT_JUDGEMENT: JudgementThresholds = defaultsOf(JUDGEMENT);
