/**
 * The state of a run over its samples: when it last made progress, and since when it sleeps. If two samples cannot be
 * compared, all of it starts over, so that no verdict uses a difference across them. Plain data that can be stored
 * as JSON.
 */
import { defined } from "../defined.ts";
import {
  add,
  type Changes,
  changesBetween,
  incomparable,
  logGrowth,
  NO_CHANGES,
  treeCores,
} from "./changes.ts";
import { newTool, type Progress, recorded, stored, type Tools, toolEnded, toolsWith } from "./progress.ts";
import type { Sample, TaskSample } from "./sample.ts";
import type { JudgementThresholds } from "./thresholds.ts";
import type { ForeignProcess } from "./verdict.ts";

/** The small part of a sample that is kept for a minute, with the changes since the sample before. */
export interface Moment extends Changes {
  readonly at: number;
  readonly connections: number;
  /** Some process of the tree could run. */
  readonly canRun: boolean;
}

export interface Observed {
  readonly newest: Sample;
  /** Comparable samples, oldest first: those of the last `recent_seconds`, and the one before them. */
  readonly recent: readonly Moment[];
  /** Why earlier samples are not compared; absent: there were none. */
  readonly anew?: string;
  /** The time of the run's first sample; milliseconds since the epoch. */
  readonly watchedFrom: number;
  /** Since the last progress, or since the first comparable sample. */
  readonly idle: { readonly from: number; readonly changes: Changes };
  /** The last progress; absent: none was seen. */
  readonly progress?: Progress & { readonly at: number };
  /** When the run's records or log last grew, even if its process could not be seen. */
  readonly recordedAt?: number;
  /** When the log was last written. */
  readonly loggedAt?: number;
  /** Since when the agent's own process has not run. */
  readonly asleepFrom: number;
  /** The end of a planned sleep. */
  readonly sleepsUntil?: number;
  /** When it last waited for a person or was at rest. */
  readonly personAt?: number;
  readonly tools: Tools;
  /** When a tool last ended. */
  readonly toolEndedAt?: number;
  /** The process made progress or computed, so it is the run's own. */
  readonly hasMoved: boolean;
  /** When the process was last alive. */
  readonly aliveAt?: number;
  /** When the process was first gone since then. */
  readonly goneFrom?: number;
  readonly foreign?: ForeignProcess;
  /** The run got its process, or another one, while it was watched. The process may then be younger than the run. */
  readonly respawned: boolean;
  readonly finishedSince?: number;
}

/** `before`: undefined for the first sample. */
export function observe(
  before: Observed | undefined,
  sample: Sample,
  thresholds: JudgementThresholds,
): Observed {
  return before
    ? compared(before, sample, thresholds)
    : { ...started(sample), watchedFrom: sample.at, respawned: false };
}

function compared(observed: Observed, sample: Sample, thresholds: JudgementThresholds): Observed {
  const last = observed.newest;
  const record = recorded(last, sample);
  const recordedAt = record ? sample.at : observed.recordedAt;
  const loggedAt = logGrowth(last.log, sample.log) === undefined ? observed.loggedAt : sample.at;
  const seen = defined({ ...observed, recordedAt, loggedAt });
  const anew = incomparable(last, sample, thresholds);
  if (anew !== undefined) {
    const respawned = observed.respawned || last.pid !== sample.pid;
    const forgotten = { sleepsUntil: undefined, toolEndedAt: undefined };
    return defined({ ...seen, ...forgotten, ...started(sample), anew, respawned });
  }
  const changes = changesBetween(last, sample);
  const share = treeCores(changes, sample);
  const progress = record ?? stored(changes, sample, thresholds) ?? newTool(observed.tools, last, sample);
  const idle = progress
    ? { from: sample.at, changes: NO_CHANGES }
    : { from: observed.idle.from, changes: add(observed.idle.changes, changes) };
  const recent = recentOnly([...observed.recent, momentOf(sample, changes)], thresholds);
  const slept = changes.switches === 0 && changes.ownTicks === 0;
  return defined({
    ...seen,
    newest: withLastWaits(last, sample, recent),
    recent,
    idle,
    progress: progress ? { ...progress, at: sample.at } : observed.progress,
    asleepFrom: slept ? observed.asleepFrom : sample.at,
    sleepsUntil: plannedEnd(sample, idle.from) ?? (progress ? undefined : observed.sleepsUntil),
    tools: toolsWith(observed.tools, last, sample),
    toolEndedAt: toolEnded(observed.tools, last, sample) ? sample.at : observed.toolEndedAt,
    hasMoved: observed.hasMoved || progress !== undefined || share >= thresholds.working_cores,
  });
}

function started(sample: Sample) {
  return defined({
    newest: sample,
    recent: [momentOf(sample, NO_CHANGES)],
    idle: { from: sample.at, changes: NO_CHANGES },
    asleepFrom: sample.at,
    sleepsUntil: plannedEnd(sample, sample.at),
    tools: toolsWith({}, sample, sample),
    hasMoved: false,
  });
}

function momentOf({ at, process }: Sample, changes: Changes): Moment {
  const canRun = process?.state === "R" || (process?.states.R ?? 0) > 0;
  return { ...changes, at, connections: process?.connections ?? 0, canRun };
}

function recentOnly(moments: readonly Moment[], { recent_seconds }: JudgementThresholds): readonly Moment[] {
  const from = (moments.at(-1) as Moment).at - recent_seconds * 1000;
  const base = moments.findLastIndex(({ at }) => at <= from);
  return base < 0 ? moments : moments.slice(base);
}

/** A task that is running shows no wait, so it keeps the wait of the recent sample before. */
function withLastWaits(last: Sample, sample: Sample, [oldest]: readonly Moment[]): Sample {
  if (!last.process || !sample.process) return sample;
  const before = [last.process, ...last.process.youngest];
  const kept = <Task extends TaskSample>(task: Task): Task => {
    if (task.waitsIn !== undefined) return task;
    const known = before.findLast(
      ({ pid, startTicks }) => pid === task.pid && startTicks === task.startTicks,
    );
    if (known?.waitsIn === undefined) return task;
    const { waitsIn, waitsOn, readsTerminal, waitedAt = last.at } = known;
    const isRecent = oldest !== undefined && waitedAt >= oldest.at;
    return isRecent ? { ...task, waitsIn, waitsOn, readsTerminal, waitedAt } : task;
  };
  return { ...sample, process: { ...kept(sample.process), youngest: sample.process.youngest.map(kept) } };
}

/** Runtimes set shorter ones on their own. */
const PLANNED_SECONDS = 60;
/** A sleep that began so soon after the last progress was planned. */
const PLANNED_WITHIN_MILLISECONDS = 120_000;

/** Uses the timeout of the call in which it waits, if the call began with the last progress or soon after. */
function plannedEnd({ process, at }: Sample, idleFrom: number): number | undefined {
  const { timeoutSeconds = 0, connections = 0, descendants = 0, waitsOn = [] } = process ?? {};
  // Another process may end it earlier.
  if (connections > 0 || descendants > 0 || waitsOn.includes("terminal")) return undefined;
  const isPlanned = timeoutSeconds >= PLANNED_SECONDS && at - idleFrom < PLANNED_WITHIN_MILLISECONDS;
  return isPlanned ? at + timeoutSeconds * 1000 : undefined;
}

/** Returns whether the current sleep began with the last progress or soon after. */
export function beganWithProgress({ asleepFrom, idle }: Observed): boolean {
  return asleepFrom - idle.from < PLANNED_WITHIN_MILLISECONDS;
}
