/**
 * What a run's samples come to, one after the other: since when it is silent, has nothing to show, or computes with
 * nothing to show. Whatever makes two samples incomparable begins all of it anew, so that no verdict rests on a
 * difference across it. Plain data: it can be kept as JSON.
 */
import { defined } from "../defined.ts";
import { add, type Changes, changesBetween, incomparable, NO_CHANGES } from "./changes.ts";
import { type ForeignProcess, foreignProcessIn } from "./identity.ts";
import { cores, isQuiet, madeProgress } from "./quiet.ts";
import type { Sample } from "./sample.ts";
import type { JudgementThresholds } from "./thresholds.ts";

/** A stretch of time in which something did not happen; it reaches to the newest sample. */
export interface Stretch {
  readonly from: number;
  /** What moved all the same. */
  readonly changes: Changes;
}

export interface Observed {
  /** Comparable samples, the oldest first: those of the last `recentSeconds`, and the one before them. */
  readonly recent: readonly Sample[];
  /** Why nothing before them is compared; absent: there was nothing. */
  readonly anew?: string;
  readonly silent: Stretch;
  readonly fruitless: Stretch;
  readonly spinning: Stretch;
  /** The last time that the process was there and alive. */
  readonly aliveAt?: number;
  readonly foreign?: ForeignProcess;
  /** The run was given its process, or another one, while we watched: it may be younger than the run. */
  readonly respawned: boolean;
  readonly finishedSince?: number;
}

export function begin(sample: Sample, thresholds: JudgementThresholds): Observed {
  return withFacts({ ...started(sample), respawned: false }, undefined, sample, thresholds);
}

/** A second sample of the same time changes nothing. */
export function extend(observed: Observed, sample: Sample, thresholds: JudgementThresholds): Observed {
  const last = observed.recent.at(-1) as Sample;
  if (sample.at === last.at) return observed;
  return withFacts(compared(observed, last, sample, thresholds), last, sample, thresholds);
}

function compared(
  observed: Observed,
  last: Sample,
  sample: Sample,
  thresholds: JudgementThresholds,
): Observed {
  const anew = incomparable(last, sample, thresholds);
  if (anew !== undefined) {
    const respawned = observed.respawned || last.pid !== sample.pid;
    return { ...observed, ...started(sample), anew, respawned };
  }
  const changes = changesBetween(last, sample);
  const idle = cores(changes, sample) < thresholds.spinningCores;
  return {
    ...observed,
    recent: recentOnly([...observed.recent, sample], thresholds),
    silent: silence(observed.silent, changes, last, thresholds),
    fruitless: without(madeProgress(changes), observed.fruitless, changes, sample),
    spinning: without(madeProgress(changes) || idle, observed.spinning, changes, sample),
  };
}

function started(sample: Sample) {
  const stretch = { from: sample.at, changes: NO_CHANGES };
  return { recent: [sample], silent: stretch, fruitless: stretch, spinning: stretch };
}

function recentOnly(samples: readonly Sample[], { recentSeconds }: JudgementThresholds): readonly Sample[] {
  const from = (samples.at(-1) as Sample).at - recentSeconds * 1000;
  const base = samples.findLastIndex(({ at }) => at <= from);
  return base < 0 ? samples : samples.slice(base);
}

function without(interrupted: boolean, stretch: Stretch, changes: Changes, sample: Sample): Stretch {
  if (interrupted) return { from: sample.at, changes: NO_CHANGES };
  return { from: stretch.from, changes: add(stretch.changes, changes) };
}

function silence(stretch: Stretch, changes: Changes, last: Sample, thresholds: JudgementThresholds): Stretch {
  if (!isQuiet(changes, thresholds)) return { from: last.at + changes.milliseconds, changes: NO_CHANGES };
  const sum = add(stretch.changes, changes);
  // Too much for housekeeping in all this time, though not since the last sample.
  return isQuiet(sum, thresholds) ? { from: stretch.from, changes: sum } : { from: last.at, changes };
}

function withFacts(
  observed: Observed,
  last: Sample | undefined,
  sample: Sample,
  thresholds: JudgementThresholds,
): Observed {
  const { finishedSince: known } = observed;
  const foreign = foreignProcessIn(observed, last, sample, thresholds);
  const finishedSince =
    sample.taskFinished === false ? undefined : (known ?? (sample.taskFinished ? sample.at : undefined));
  const aliveAt = sample.presence === "running" ? sample.at : observed.aliveAt;
  return defined({ ...observed, aliveAt, foreign, finishedSince });
}
