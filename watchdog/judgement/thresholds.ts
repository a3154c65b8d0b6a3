/** The thresholds between verdicts, with the names of the thresholds file. docs/watchdog.md says what each decides. */
import { defaultsOf, type Numbers } from "../config/numbers.ts";

export const JUDGEMENT = {
  // Counted from the last progress: tokens, money or a step recorded, new lines in the log, files stored, a new tool.
  lock_seconds: [270, "no progress, and it waits for a lock or nothing outside can wake it: hung"],
  spinning_seconds: [570, "no progress while it computes: spinning"],
  hung_seconds: [690, "no progress, no activity, no visible cause: hung"],
  repeat_seconds: [870, "no progress while the log repeats itself: hung"],
  peer_seconds: [920, "no progress while a peer is connected: hung; a model's answer may take 15 minutes"],
  child_seconds: [1_140, "no progress while a child process runs: hung"],
  // A prompt, an editor, a pager, a password.
  person_seconds: [15, "no progress while it reads a terminal: waiting for a person, or at rest"],
  spinning_cores: [0.2, "CPU use of a process tree, in cores, that may be spinning"],
  working_cores: [0.02, "CPU use of a process tree, in cores, that counts as computing"],
  recent_seconds: [60, "how long activity counts as working"],
  max_gap_seconds: [120, "readings further apart are not compared; set it above two poll intervals"],
  orphaned_seconds: [30, "how long an agent may outlive its finished task"],
  process_lag_seconds: [60, "a process that started this long after its run may be another one"],
  process_lead_seconds: [
    60,
    "a process that started this long before its run may be another one; 0: never, as in a pool",
  ],
} as const satisfies Numbers;

export type JudgementThresholds = { readonly [Name in keyof typeof JUDGEMENT]: number };

export const DEFAULT_JUDGEMENT: JudgementThresholds = defaultsOf(JUDGEMENT);
