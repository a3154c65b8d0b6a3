/** Where one verdict ends and the next begins. docs/hung-or-busy.md says what each decides and why it is so large. */
import { defaultsOf, type Numbers } from "../config/numbers.ts";

export const JUDGEMENT = {
  // From the last progress on: tokens, money or a step recorded, a log that says something new, files stored, a new tool.
  lockSeconds: [270, "no progress, and nothing outside can wake it, or it waits for a lock: hung"],
  spinningSeconds: [570, "no progress while it computes: spinning"],
  hungSeconds: [690, "no progress, silent, and its cause is not visible: hung"],
  repeatSeconds: [870, "no progress but the same log lines again and again: hung"],
  peerSeconds: [920, "no progress while a peer is connected: hung; a model's answer may take 15 minutes"],
  childSeconds: [1_140, "no progress while a child process runs: hung"],
  // A prompt, an editor, a pager, a password.
  personSeconds: [15, "no progress while it reads a terminal: it waits for a person, or is at rest"],
  spinningCores: [0.2, "the share of one core from which a process tree may be computing in a circle"],
  workingCores: [0.02, "the share of one core from which a process tree counts as computing"],
  recentSeconds: [60, "what happened in so long until now decides between working and waiting"],
  maxGapSeconds: [120, "readings further apart are not compared; more than two polls"],
  orphanedSeconds: [30, "a live agent whose task is finished for so long is orphaned"],
  processLagSeconds: [60, "a process that started so much later than its run may be another one"],
  processLeadSeconds: [
    60,
    "one that started so much before its run may be another one; 0: it may, as in a pool",
  ],
} as const satisfies Numbers;

export type JudgementThresholds = { readonly [Name in keyof typeof JUDGEMENT]: number };

export const DEFAULT_JUDGEMENT: JudgementThresholds = defaultsOf(JUDGEMENT);
