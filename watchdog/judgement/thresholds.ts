/** The thresholds between verdicts. docs/watchdog.md says what each decides. */
import { defaultsOf, type Numbers } from "../config/numbers.ts";

export const JUDGEMENT = {
  // Counted from the last progress: tokens, money or a step recorded, new lines in the log, files stored, a new tool.
  lockSeconds: [270, "no progress, and it waits for a lock or nothing outside can wake it: hung"],
  spinningSeconds: [570, "no progress while it computes: spinning"],
  hungSeconds: [690, "no progress, no activity, and the cause is not visible: hung"],
  repeatSeconds: [870, "no progress, and the log repeats the same lines: hung"],
  peerSeconds: [920, "no progress while a peer is connected: hung; a model's answer may take 15 minutes"],
  childSeconds: [1_140, "no progress while a child process runs: hung"],
  // A prompt, an editor, a pager, a password.
  personSeconds: [15, "no progress while it reads a terminal: waiting for a person, or at rest"],
  spinningCores: [0.2, "CPU use of a process tree, in cores, from which it may be spinning"],
  workingCores: [0.02, "CPU use of a process tree, in cores, from which it counts as computing"],
  recentSeconds: [60, "how far back activity still counts as working"],
  maxGapSeconds: [120, "readings further apart are not compared; set it above two poll intervals"],
  orphanedSeconds: [30, "how long an agent may outlive its finished task"],
  processLagSeconds: [60, "a process that started this long after its run may be another one"],
  processLeadSeconds: [
    60,
    "a process that started this long before its run may be another one; 0: never, as in a pool",
  ],
} as const satisfies Numbers;

export type JudgementThresholds = { readonly [Name in keyof typeof JUDGEMENT]: number };

export const DEFAULT_JUDGEMENT: JudgementThresholds = defaultsOf(JUDGEMENT);
