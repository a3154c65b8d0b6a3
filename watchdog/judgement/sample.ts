/** What the judgement looks at in one reading, as plain numbers: it is small, and can be kept and compared. */

/** Times are milliseconds since the epoch, CPU times clock ticks; what could not be read is absent. */
export interface Sample {
  readonly at: number;
  readonly bootId: string;
  readonly sourceEpoch: string;
  readonly clkTck: number;
  readonly presence: string;
  readonly pid?: number;
  readonly runStartedAt?: number;
  readonly heartbeatAt?: number;
  readonly taskFinished?: boolean;
  /** Tokens and money of the run so far; equal: nothing was recorded between two. */
  readonly usage?: readonly number[];
  readonly log?: { readonly bytes: number; readonly writtenAt: number };
  readonly process?: ProcessSample;
}

export interface ProcessSample {
  readonly state: string;
  readonly startTicks: number;
  readonly startedAt?: number;
  readonly ownTicks: number;
  readonly reapedTicks: number;
  readonly threads: number;
  readonly memoryBytes: number;
  readonly switches?: number;
  /** Read and written. */
  readonly chars?: number;
  readonly writtenChars?: number;
  readonly descendants: number;
  readonly descendantTicks: number;
  readonly descendantSwitches?: number;
  readonly descendantChars?: number;
  readonly descendantWrittenChars?: number;
}
