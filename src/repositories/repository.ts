/**
 * What the service may ask of an orchestrator's store, whoever answers: tables, or the orchestrator's own
 * functions. Rows are plain data: no protobuf, no SQL. Times are Unix epoch milliseconds, UTC.
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

/** Active tasks: exact counts for every stage, and the longest in their stage first, cut at the item limit. */
export interface StageRows {
  readonly counts: readonly { readonly stage: string; readonly tasks: number }[];
  readonly tasks: readonly StageRow[];
}

/** Jobs by their status (queued, running, done, failed, cancelled or other), and by the source's own word. Null: not told. */
export interface QueueRows {
  readonly counts: readonly {
    readonly status: string;
    readonly nativeStatus: string | null;
    readonly jobs: number;
  }[];
  /** Statuses that the source does not keep: for these, no row means unknown; for the others, none. */
  readonly unreported: readonly string[];
  /** Since when the longest waiting job could have started; null where none may start now. */
  readonly oldestQueuedAtMs: number | null;
  readonly oldestRunningAtMs: number | null;
  readonly retries: {
    readonly retriedJobs: number;
    readonly attemptsTotal: number | null;
    readonly exhaustedJobs: number | null;
    /** Queued now, after at least one start. */
    readonly waitingRetry: number | null;
  } | null;
  readonly delayedJobs: number | null;
  /** When the next delayed job may start; null where none is delayed. */
  readonly nextAvailableAtMs: number | null;
  /** The counts of finished jobs and the retry sums are exact as of then. */
  readonly historyAsOfMs: number;
}

/** One running job. What is unknown is null, or left out. */
export interface RunningJobRow {
  readonly jobId: string;
  readonly taskId?: string | null;
  readonly kind?: string | null;
  readonly startedAtMs?: number | null;
  readonly attempts?: number | null;
  readonly maxAttempts?: number | null;
}

/** One circuit breaker. `failures`: consecutive. What is unknown is null; a time may be left out, too. */
export interface BreakerRow {
  readonly name: string;
  readonly state: string;
  readonly failures: number | null;
  readonly openedAtMs?: number | null;
  readonly retryAtMs?: number | null;
  readonly updatedAtMs?: number | null;
}

/** One serial gate. What is unknown is null, or left out. */
export interface GateRow {
  readonly scope: string;
  readonly holderTaskId?: string | null;
  readonly acquiredAtMs?: number | null;
  readonly waiting: number | null;
}

/** Sums over runs. One of money or tokens is null where no run reported it; `pricedRuns` where the source does not tell. */
export interface UsageRow {
  readonly runs: number;
  readonly pricedRuns: number | null;
  readonly costUsd: number | null;
  readonly inputTokens: number | null;
  readonly outputTokens: number | null;
  readonly cacheReadTokens: number | null;
  readonly cacheCreationTokens: number | null;
}

/** One run that has not finished. */
export interface AgentRow {
  readonly runId: string;
  readonly taskId: string | null;
  readonly jobId: string | null;
  readonly agent: string;
  readonly model: string | null;
  readonly host: string | null;
  /** As stored: it may be anything; who reads a process decides whether it is a pid. */
  readonly pid: unknown;
  readonly startedAtMs: number | null;
  readonly heartbeatAtMs: number | null;
  /** The last step that the orchestrator recorded; like the two counts of tokens it may be left out. */
  readonly progressAtMs?: number | null;
  /** Of the latest model call. */
  readonly contextTokens?: number | null;
  readonly contextWindowTokens?: number | null;
  readonly logPath: string | null;
  /** How to find its process without a pid: a file that it holds open, or its folder and program ("codex|codex-cli"). */
  readonly openFile?: string | null;
  readonly cwd?: string | null;
  readonly program?: string | null;
  /** One process of this program may work for several runs. */
  readonly sharesProcess?: number | boolean | null;
  /** What was found instead of a process. */
  readonly presence?: Presence;
  readonly taskStage: string | null;
  readonly jobStatus: string | null;
  readonly usage: UsageRow;
}

/** One run that has finished. */
export interface FinishedRunRow
  extends Pick<AgentRow, "runId" | "taskId" | "agent" | "model" | "startedAtMs" | "usage"> {
  readonly finishedAtMs: number | null;
  /** Null where it is not known, or does not fit 32 bits. */
  readonly exitCode: number | null;
}

/** Running agents, the oldest first, cut at the item limit; `total` counts them all. */
export interface AgentRows {
  readonly running: readonly AgentRow[];
  readonly total: number;
  /** The latest, newest first, at most 100; left out where the source does not list them. */
  readonly finished?: readonly FinishedRunRow[] | undefined;
}

/** What was spent, by agent and model; over every run. */
export interface CostRows {
  readonly byAgentModel: readonly {
    readonly agent: string;
    readonly model: string | null;
    readonly usage: UsageRow;
  }[];
  readonly historyAsOfMs: number;
}

/** Everything that can be asked for, by name. */
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

/** What one reading gave: an answer for each part that was asked for, each with its own failure. */
export interface Snapshot {
  /** Opaque; changes when the store was replaced or restored. Empty while there is none to read. */
  readonly sourceEpoch: string;
  readonly parts: { readonly [Name in PartName]?: Reading<Parts[Name]> };
}

/** The same failure for every part: the store as a whole cannot be read. */
export function failedSnapshot(parts: readonly PartName[], failure: SourceFailure): Snapshot {
  return { sourceEpoch: "", parts: Object.fromEntries(parts.map((part) => [part, { ok: false, failure }])) };
}

/** How many rows of tables a SELECT read. */
export interface Visits {
  readonly rows: number;
  /** The count was given up there. */
  readonly isAtLeast: boolean;
  /** An index that is no help, and what is. */
  readonly advice?: string;
}

/** What one SELECT of a profile did. */
export interface SectionExamination {
  readonly section: string;
  /** Where it begins in the profile. */
  readonly line: number;
  /** What is wrong with it, each with its place. */
  readonly problems: readonly string[];
  /** What may be wrong with it, or gets slow as the tables grow. */
  readonly warnings: readonly string[];
  /** Null where it could not be run. Of history, the rows that can still change. */
  readonly rows: number | null;
  readonly milliseconds: number | null;
  /** Absent where the database does not tell. */
  readonly visits?: Visits | undefined;
  /** How the database reads it, in the database's words. */
  readonly plan: readonly string[];
  /** Whether a table is read from end to end. */
  readonly scans: boolean;
  readonly readInPieces: boolean;
}

/** How many of a profile's SELECTs the database accepts. */
export interface Fit {
  readonly profile: string;
  readonly accepted: number;
  readonly selects: number;
}

/** What a repository over tables takes beside where they are. */
export interface RepositoryOptions {
  /** What the tables mean; default: the reference schema. */
  readonly profile?: Profile;
  /** Stages in which a task is no longer active; default: the profile's. */
  readonly terminalStages?: readonly string[];
  /** The longest list; default 1,000. */
  readonly maxItems?: number;
  /** A reading of SQLite that takes longer is `deadline_exceeded`; a SELECT of PostgreSQL is stopped. Default 2. */
  readonly deadlineSeconds?: number;
  /** Unix epoch milliseconds. */
  readonly now?: () => number;
  /** Receives bugs, and the reading process's failures to start. */
  readonly onUnexpected?: (error: unknown) => void;
  /** Receives, with each reading, the columns of which a value was left out, since no field can hold it. */
  readonly onLeftOut?: (message: string) => void;
}

/** A store to read. It never writes, and `read` never rejects for a failure of the store. */
export interface Repository {
  /** Reads the parts named, from one snapshot where the store can give one. */
  read(parts: readonly PartName[]): Promise<Snapshot>;
  /**
   * Runs and explains each SELECT of the profile, where there is one; empty where the store cannot be read. By default it
   * runs each once more, to count the rows that it visits.
   */
  examine?(countsVisits?: boolean): Promise<readonly SectionExamination[]>;
  /** What an operator should know of the store's settings, such as rights that the service need not have. */
  warnings?(): Promise<readonly string[]>;
  /** Lets go of the store; afterwards every part is `unavailable`. */
  close(): Promise<void>;
}

export interface FittingRepository extends Repository {
  /** How well each of these profiles fits the database; none of their SELECTs is run. */
  fits(profiles: readonly Profile[]): Promise<Reading<readonly Fit[]>>;
}

/** One database, whose tables a profile describes. */
export interface TableRepository extends FittingRepository {
  /** The rows of one SELECT that is no profile's, such as on the schema. */
  select(statement: Statement): Promise<Reading<readonly Cells[]>>;
}
