/** Where one verdict ends and the next begins. docs/hung-or-busy.md says what each decides and why it is so large. */

export interface JudgementThresholds {
  /** Silent for so long is hung: no ticks, no switches, no characters, no log, no tokens, of it and its descendants. */
  readonly hungSeconds: number;
  /** Awake but with nothing to show for so long is hung too: it switches, or computes a little, and nothing else moves. */
  readonly fruitlessSeconds: number;
  /** Computing with nothing to show for so long is spinning. */
  readonly spinningSeconds: number;
  /** The share of one core, from each reading to the next, from which computing may be spinning. */
  readonly spinningCores: number;
  /** The share of one core from which a process counts as computing. */
  readonly workingCores: number;
  /** What happened in so long until now decides between working and waiting. */
  readonly recentSeconds: number;
  /** Readings further apart are not compared: nobody looked, or the machine slept. More than two polls. */
  readonly maxGapSeconds: number;
  /** A live agent whose task is finished for so long is orphaned. */
  readonly orphanedSeconds: number;
  /** A process that started so much later than its run is another one. */
  readonly processLagSeconds: number;
  /** One that started so much before its run is none of its own; 0: it may, as with a pool of workers. */
  readonly processLeadSeconds: number;
  /** So many voluntary context switches a minute are a runtime's housekeeping, and still silence. */
  readonly quietSwitchesPerMinute: number;
}

export const DEFAULT_JUDGEMENT: JudgementThresholds = {
  hungSeconds: 720,
  fruitlessSeconds: 3_600,
  spinningSeconds: 600,
  spinningCores: 0.3,
  workingCores: 0.02,
  recentSeconds: 60,
  maxGapSeconds: 120,
  orphanedSeconds: 30,
  processLagSeconds: 60,
  processLeadSeconds: 0,
  quietSwitchesPerMinute: 1,
};
