/**
 * The JSON that the watchdog's server sends to its page. All times are milliseconds since the epoch. Names are those of
 * the contract.
 *
 * - `GET /api/fleet` → Fleet
 * - `GET /api/targets/{name}` → Target
 * - `GET /api/targets/{name}/series?from=…&to=…` → Series; with `&run=RUN_ID` → AgentSeries
 * - `GET /api/runs?from=…&to=…&by=…` → Runs; by `task`, `agent`, `model`, `day` (in the watchdog's time zone) or `run`
 * - `GET /api/alerts` → Alerts
 * - `POST /api/silences` (SilenceRequest) → Silence; `DELETE /api/silences/{id}` → Silence
 * - `GET /api/events`: server-sent events; `event: changed`, `data: {"targets":["…"]}` after each reading
 *
 * Errors are `{"code":"…","message":"…"}`, like the service's.
 */
import type { GetMetricsResponseJson } from "../gen/orchestrator/metrics/v1/metrics_pb.js";
import type { CauseName, Verdict, VerdictName } from "./judgement/verdict.ts";

export type TargetState =
  | "up"
  | "slow"
  | "stale"
  | "down"
  | "unauthenticated"
  | "other_schema"
  | "no_data"
  | "partial"
  | "not_read_yet";

export interface TargetSummary {
  readonly name: string;
  readonly url: string;
  readonly state: TargetState;
  /** Why it is not up, in words. */
  readonly note?: string;
  /** When its last envelope was read; if it is stale, when that envelope was first read; absent: never. */
  readonly readAt?: number;
  readonly schemaVersion?: number;
  readonly activeTasks?: number;
  /** The number of running agents; absent: unknown. */
  readonly agents?: number;
  readonly queued?: number;
  /** Queued jobs over the last hour, oldest first; null: unknown. */
  readonly queuedTrail?: readonly (number | null)[];
  readonly oldestQueuedSeconds?: number;
  /** The number of running agents by verdict. */
  readonly verdicts: Partial<Record<VerdictName, number>>;
  readonly spentTodayUsd?: number;
  readonly firing: number;
}

export interface Fleet {
  readonly now: number;
  readonly pollSeconds: number;
  readonly targets: readonly TargetSummary[];
  readonly recording: { readonly on: boolean; readonly note?: string; readonly bytes?: number };
}

export interface AgentNow {
  readonly runId: string;
  readonly agent: string;
  readonly model: string;
  readonly taskId: string;
  readonly taskStage?: string;
  readonly runtimeSeconds?: number;
  readonly costUsd?: number;
  /** Input and output, including those of the cache. */
  readonly tokens?: number;
  readonly pid?: number;
  /** The base name of the program that its process runs. */
  readonly program?: string;
  /** Processor cores that its process tree used between the last two readings. */
  readonly cores?: number;
  readonly logWrittenAt?: number;
  /** Absent: the service's host. */
  readonly host?: string;
  /** The time of the last progress, or of the first comparable reading. */
  readonly idleSince?: number;
  /** Growth of its log and its memory over the last readings. */
  readonly growth?: { readonly seconds: number; readonly logBytes?: number; readonly memoryBytes: number };
  readonly verdict: Verdict;
}

export interface Target {
  readonly now: number;
  readonly summary: TargetSummary;
  /** The last envelope; absent: none yet. If its clock was a minute or more off, its times are moved to the watchdog's. */
  readonly envelope?: GetMetricsResponseJson;
  readonly agents: readonly AgentNow[];
  readonly spend: {
    readonly todayUsd?: number;
    readonly lastHourUsd?: number;
    readonly budgetPerHourUsd?: number;
    readonly budgetPerDayUsd?: number;
    readonly unpricedRuns?: number;
  };
  readonly alerts: readonly Alert[];
  /** URL templates of the thresholds file, by the name of the link: `https://logs/?run={run_id}`. */
  readonly links: Readonly<Record<string, string>>;
}

/** Columns of equal length, with null for gaps. */
export interface Series {
  readonly times: readonly number[];
  readonly queued: readonly (number | null)[];
  readonly oldestQueuedSeconds: readonly (number | null)[];
  readonly running: readonly (number | null)[];
  /** US dollars per hour, by model. */
  readonly spendByModel: Readonly<Record<string, readonly (number | null)[]>>;
}

export interface AgentSeries {
  readonly times: readonly number[];
  /** Cores, of the agent's own process. */
  readonly cpu: readonly (number | null)[];
  /** Cores, of its children: reaped and living. */
  readonly childrenCpu: readonly (number | null)[];
  /** Voluntary context switches per second, of the agent and its descendants. */
  readonly switches: readonly (number | null)[];
  /** Seconds since the last progress; null if not stored. */
  readonly idle: readonly (number | null)[];
  readonly bands: readonly {
    readonly from: number;
    readonly to: number;
    readonly verdict: VerdictName;
    readonly cause?: CauseName;
  }[];
}

/** Null: unknown. */
export type RunsCell = string | number | null;

/** A row by its columns, whose names end with their unit: `_usd`, `_seconds`, or `_at` for times in RFC 3339. */
export type RunsRow = Readonly<Record<string, RunsCell>>;

/** The runs of all targets that finished, or were last seen, in a period. */
export interface Runs {
  /** One row per group or run. All have the same columns. */
  readonly rows: readonly RunsRow[];
  /** Over all runs of the period. */
  readonly total: RunsRow;
  /** Whether there are more rows. */
  readonly isCut: boolean;
  readonly recording: Fleet["recording"];
}

export type AlertState = "pending" | "firing" | "resolved";

export interface Alert {
  /** Identical for the same rule and labels at the same target. */
  readonly fingerprint: string;
  readonly rule: string;
  readonly severity: "critical" | "warning" | "info";
  readonly target: string;
  /** The subject of the alert: `agent`, `run_id`, `task_id`, `breaker`, …. */
  readonly labels: Readonly<Record<string, string>>;
  readonly summary: string;
  readonly evidence: string;
  readonly runbookUrl: string;
  readonly state: AlertState;
  /** When its condition began to hold. */
  readonly since: number;
  readonly firedAt?: number;
  readonly resolvedAt?: number;
  /** The rule's thresholds, such as `for_seconds`, with the names of the thresholds file. */
  readonly thresholds: Readonly<Record<string, number>>;
  /** If several silences apply, the one that ends last. */
  readonly silence?: Silence;
}

/** Silences every alert that matches all of its fields. */
export interface Silence {
  readonly id: string;
  /** Set if it silences one alert; rule, target and labels are then set too. */
  readonly fingerprint?: string;
  readonly rule?: string;
  readonly target?: string;
  readonly labels?: Readonly<Record<string, string>>;
  /** May be empty. */
  readonly comment: string;
  readonly createdAt: number;
  readonly until: number;
}

export interface Alerts {
  readonly now: number;
  readonly open: readonly Alert[];
  /** Newest first. */
  readonly past: readonly Alert[];
  readonly silences: readonly Silence[];
}

/** One alert by its fingerprint, or every alert of a rule, of a target, or of a rule at a target. */
export interface SilenceRequest {
  readonly fingerprint?: string;
  readonly rule?: string;
  readonly target?: string;
  /** From now. */
  readonly seconds: number;
  /** At most 500 characters. */
  readonly comment?: string;
}
