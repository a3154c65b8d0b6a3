/** What the judgement looks at in one reading, as plain data: it is small, and can be kept and compared. */

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
  /** The last step by the orchestrator's own record. */
  readonly progressAt?: number;
  readonly taskFinished?: boolean;
  /** Tokens and money of the run so far; equal: nothing was recorded between two. */
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
  /** The latest started first. */
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
  readonly systemCall?: string;
  readonly waitsOn: readonly string[];
  readonly timeoutSeconds?: number;
  readonly isForeground: boolean;
  /** In the foreground of its terminal, and waits to read it. */
  readonly readsTerminal: boolean;
  /** What an earlier sample showed of a task that just runs. */
  readonly lastWait?: LastWait;
}

export interface LastWait extends Pick<TaskSample, "waitsOn" | "readsTerminal"> {
  readonly at: number;
  readonly waitsIn: string;
}
