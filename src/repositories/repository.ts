/**
 * The interface to an orchestrator's store, which may be tables or the orchestrator's own functions. Rows are plain
 * data without protobuf or SQL. Times are Unix epoch milliseconds, UTC.
 */
import type { Presence } from "../procfs/process.ts";
import type { Profile } from "../profiles/profile.ts";
import type { Reading, SourceFailure } from "./source-failure.ts";
import type { Cells } from "./sql/columns.ts";
import type { Statement } from "./sql/statements.ts";

/** One active task. */
export interface StageRow {
  readonly taskId: string;
  readonly workItem: string | null;
  readonly stage: string;
  readonly enteredAtMs: number | null;
  readonly title: string | null;
}

/**
 * Active tasks: exact counts of every stage, and the tasks that have been in their stage for longest, cut at the item limit.
 */
export interface StageRows {
  readonly counts: readonly { readonly stage: string; readonly tasks: number }[];
  readonly tasks: readonly StageRow[];
}

/** Jobs by status (queued, running, done, failed, cancelled or other) and by the source's own word. Null means not reported. */
export interface QueueRows {
  readonly counts: readonly {
    readonly status: string;
    readonly nativeStatus: string | null;
    readonly jobs: number;
  }[];
  /** Statuses that the source does not keep. For these, no row means unknown. For the others, it means zero. */
  readonly unreported: readonly string[];
  /** The time from which the longest-waiting job could have started. Null if none can start now. */
  readonly oldestQueuedAtMs: number | null;
  readonly oldestRunningAtMs: number | null;
  readonly retries: {
    readonly retriedJobs: number;
    readonly attemptsTotal: number | null;
    readonly exhaustedJobs: number | null;
    /** Jobs that are queued after at least one start. */
    readonly waitingRetry: number | null;
  } | null;
  readonly delayedJobs: number | null;
  /** The time at which the next delayed job can start. Null if none is delayed. */
  readonly nextAvailableAtMs: number | null;
  /** The time for which the counts of finished jobs and the retry totals are exact. */
  readonly historyAsOfMs: number;
}

/** One running job. Unknown values are null or missing. */
export interface RunningJobRow {
  readonly jobId: string;
  readonly taskId?: string | null;
  readonly kind?: string | null;
  readonly startedAtMs?: number | null;
  readonly attempts?: number | null;
  readonly maxAttempts?: number | null;
}

/** One circuit breaker. `failures` are consecutive. Unknown values are null. A time may also be missing. */
export interface BreakerRow {
  readonly name: string;
  readonly state: string;
  readonly failures: number | null;
  readonly openedAtMs?: number | null;
  readonly retryAtMs?: number | null;
  readonly updatedAtMs?: number | null;
}

/** One serial gate. Unknown values are null or missing. */
export interface GateRow {
  readonly scope: string;
  readonly holderTaskId?: string | null;
  readonly acquiredAtMs?: number | null;
  readonly waiting: number | null;
}

/** Cost and tokens are null if no run reported them, `pricedRuns` if the source does not record prices. */
export interface SpentRow {
  readonly pricedRuns: number | null;
  readonly costUsd: number | null;
  readonly inputTokens: number | null;
  readonly outputTokens: number | null;
  readonly cacheReadTokens: number | null;
  readonly cacheCreationTokens: number | null;
}

export const NOT_REPORTED: SpentRow = {
  pricedRuns: null,
  costUsd: null,
  inputTokens: null,
  outputTokens: null,
  cacheReadTokens: null,
  cacheCreationTokens: null,
};

/** Totals over runs. */
export interface UsageRow extends SpentRow {
  readonly runs: number;
}

/** One run that has not finished. */
export interface AgentRow extends SpentRow {
  readonly runId: string;
  readonly taskId: string | null;
  readonly jobId: string | null;
  readonly agent: string;
  readonly model: string | null;
  readonly host: string | null;
  /** As stored, and so of any type. The reader of the process decides whether it is a pid. */
  readonly pid: unknown;
  readonly startedAtMs: number | null;
  readonly heartbeatAtMs: number | null;
  /** The last step that the orchestrator recorded. It may be missing, like the two token counts. */
  readonly progressAtMs?: number | null;
  /** Tokens in the context of the latest model call. */
  readonly contextTokens?: number | null;
  readonly contextWindowTokens?: number | null;
  readonly logPath: string | null;
  /** How to find the process without a pid: a file that it holds open, or its folder and program ("codex|codex-cli"). */
  readonly openFile?: string | null;
  readonly cwd?: string | null;
  readonly program?: string | null;
  /** Whether one process of this program may serve several runs. */
  readonly sharesProcess?: number | boolean | null;
  /** The result of looking for the process, if none was found. */
  readonly presence?: Presence;
  readonly taskStage: string | null;
  readonly jobStatus: string | null;
}

/** One run that has finished. */
export interface FinishedRunRow
  extends SpentRow,
    Pick<AgentRow, "runId" | "taskId" | "agent" | "model" | "startedAtMs"> {
  readonly finishedAtMs: number | null;
  /** Null if unknown, or if it does not fit into 32 bits. */
  readonly exitCode: number | null;
}

/** Running agents, oldest first, cut at the item limit. `total` counts all of them. */
export interface AgentRows {
  readonly running: readonly AgentRow[];
  readonly total: number;
  /** Finished runs, newest first, at most 100. Missing if the source does not list them. */
  readonly finished?: readonly FinishedRunRow[] | undefined;
}

/** Usage by agent and model, over all runs. */
export interface CostRows {
  readonly byAgentModel: readonly {
    readonly agent: string;
    readonly model: string | null;
    readonly usage: UsageRow;
  }[];
  readonly historyAsOfMs: number;
}

/** All parts by name. */
export interface Parts {
  readonly stages: StageRows;
  readonly queue: QueueRows;
  readonly runningJobs: readonly RunningJobRow[];
  readonly breakers: readonly BreakerRow[];
  readonly gates: readonly GateRow[];
  readonly agents: AgentRows;
  readonly cost: CostRows;
}

export type PartName = keyof Parts;

/** The result of one reading: a value or a failure for each requested part. */
export interface Snapshot {
  /** An opaque text that changes when the store is replaced or restored. Empty while there is no store to read. */
  readonly sourceEpoch: string;
  readonly parts: { readonly [Name in PartName]?: Reading<Parts[Name]> };
}

/** Returns a snapshot in which every part has the same failure, for a store that cannot be read at all. */
export function failedSnapshot(parts: readonly PartName[], failure: SourceFailure): Snapshot {
  return { sourceEpoch: "", parts: Object.fromEntries(parts.map((part) => [part, { ok: false, failure }])) };
}

/** The number of table rows that a SELECT read. */
export interface Visits {
  readonly rows: number;
  /** Whether counting stopped at this number. */
  readonly isAtLeast: boolean;
  /** Set for an index that does not help: what to do instead. */
  readonly advice?: string;
}

/** The examination of one SELECT of a profile. */
export interface SectionExamination {
  readonly section: string;
  /** The line of the profile at which the section begins. */
  readonly line: number;
  /** Errors, with their place. */
  readonly problems: readonly string[];
  /** Possible errors, and what gets slower as the tables grow. */
  readonly warnings: readonly string[];
  /** Null if it could not be run. For history, the number of rows that can still change. */
  readonly rows: number | null;
  readonly milliseconds: number | null;
  /** Undefined if the database does not report them. */
  readonly visits?: Visits | undefined;
  /** How the database runs it, in the database's own words. */
  readonly plan: readonly string[];
  /** Whether it scans a whole table. */
  readonly scans: boolean;
  readonly readInPieces: boolean;
}

/** How many of a profile's SELECTs the database accepts. */
export interface Fit {
  readonly profile: string;
  readonly accepted: number;
  readonly selects: number;
}

/** Options of a repository over tables, besides the place of the database. */
export interface RepositoryOptions {
  /** The meaning of the tables. Default: the reference profile. */
  readonly profile?: Profile;
  /** Stages in which a task is no longer active. Default: the profile's. */
  readonly terminalStages?: readonly string[];
  /** The maximum length of a list. Default: 1,000. */
  readonly maxItems?: number;
  /** A SQLite reading that takes longer is `deadline_exceeded`. A PostgreSQL SELECT is stopped. Default: 2. */
  readonly deadlineSeconds?: number;
  /** Unix epoch milliseconds. */
  readonly now?: () => number;
  /** Called with bugs, and with failures to start the reader process. */
  readonly onUnexpected?: (error: unknown) => void;
  /** Called at each reading with the columns of which a value was omitted because no field can hold it. */
  readonly onLeftOut?: (message: string) => void;
}

/** A store to read. It is never written to, and `read` does not reject because of the store. */
export interface Repository {
  /** Reads the given parts, in one snapshot if the store supports it. */
  read(parts: readonly PartName[]): Promise<Snapshot>;
  /**
   * Runs and explains each SELECT of the profile, if there is one. Empty if the store cannot be read. By default runs
   * each once more to count the rows that it visits.
   */
  examine?(countsVisits?: boolean): Promise<readonly SectionExamination[]>;
  /** Resolves with warnings about the store's configuration, such as unnecessary rights. */
  warnings?(): Promise<readonly string[]>;
  /** Closes the store. Afterwards every part is `unavailable`. */
  close(): Promise<void>;
}

export interface FittingRepository extends Repository {
  /** Resolves with how well each profile fits the database. Does not run the SELECTs. */
  fits(profiles: readonly Profile[]): Promise<Reading<readonly Fit[]>>;
}

/** One database, with tables that a profile describes. */
export interface TableRepository extends FittingRepository {
  /** Runs one SELECT that does not come from a profile, for example on the schema. */
  select(statement: Statement): Promise<Reading<readonly Cells[]>>;
}
