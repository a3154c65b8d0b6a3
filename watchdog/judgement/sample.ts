/** The data of one reading that the judgement compares: small, plain, and storable. */

/** Times are milliseconds since the epoch, CPU times are clock ticks, and unreadable values are absent. */
export interface Sample {
  readonly at: number;
  readonly bootId: string;
  readonly sourceEpoch: string;
  readonly clkTck: number;
  readonly presence: string;
  readonly pid?: number;
  readonly runStartedAt?: number;
  readonly heartbeatAt?: number;
  /** The last step that the orchestrator recorded. */
  readonly progressAt?: number;
  readonly taskFinished?: boolean;
  /** Tokens and money of the run so far. Equal values mean that nothing was recorded in between. */
  readonly usage?: readonly number[];
  readonly log?: LogSample;
  readonly process?: ProcessSample;
}

export interface LogSample {
  readonly bytes: number;
  readonly writtenAt: number;
  /** In its last 4 KiB. */
  readonly lines?: number;
  readonly distinctLines?: number;
}

export interface ProcessSample extends TaskSample {
  readonly startedAt?: number;
  readonly ownTicks: number;
  readonly reapedTicks: number;
  readonly threads: number;
  readonly memoryBytes: number;
  readonly switches?: number;
  /** Of the whole tree. */
  readonly writtenChars?: number;
  readonly storageBytes?: number;
  readonly connections?: number;
  readonly frozen?: boolean;
  /** All threads wait for another thread of the process. */
  readonly isLocked: boolean;
  readonly descendants: number;
  readonly descendantTicks: number;
  readonly descendantSwitches?: number;
  /** Descendants by state. */
  readonly states: Readonly<Record<string, number>>;
  /** Latest start first. */
  readonly youngest: readonly TaskSample[];
}

/** One process of the tree. */
export interface TaskSample {
  readonly pid?: number;
  /** The program's name. */
  readonly name: string;
  readonly state: string;
  readonly startTicks: number;
  readonly waitsIn?: string;
  readonly waitsOn: readonly string[];
  readonly timeoutSeconds?: number;
  readonly isForeground: boolean;
  /** It is in the foreground of its terminal and waits to read it. */
  readonly readsTerminal: boolean;
  /** The wait that an earlier sample showed, for a task that is running. */
  readonly lastWait?: LastWait;
}

export interface LastWait extends Pick<TaskSample, "waitsOn" | "readsTerminal"> {
  readonly at: number;
  readonly waitsIn: string;
}
