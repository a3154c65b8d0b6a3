/** Of a living process that may run: does it work, wait, spin or hang? */
import { add, type Changes, changesBetween, NO_CHANGES } from "./changes.ts";
import {
  describeAwakeChildren,
  describeChildren,
  describeNoProgress,
  describeSilence,
  describeSpinning,
  describeStream,
  describeWork,
} from "./evidence.ts";
import type { Observed } from "./observed.ts";
import { cores, isQuiet } from "./quiet.ts";
import type { ProcessSample, Sample } from "./sample.ts";
import type { JudgementThresholds } from "./thresholds.ts";
import type { Finding } from "./verdict.ts";
import { inWords } from "./words.ts";

/** Shares of CPU over less than this part of `recentSeconds` are chance. */
const LEAST_PART = 0.25;

export function judgeActivity(observed: Observed, newest: Sample, thresholds: JudgementThresholds): Finding {
  const { process } = newest;
  if (!process) return unknown("the process could not be read", ["process"]);
  const changes = recentChanges(observed.recent);
  const seconds = changes.milliseconds / 1000;
  if (seconds === 0 || seconds < thresholds.recentSeconds * LEAST_PART) return tooShort(observed, seconds);
  return (
    spinning(observed, newest, process, thresholds) ??
    hung(observed, newest, process, thresholds) ??
    busy(changes, newest, thresholds) ??
    awake(changes, process, thresholds) ??
    silentForNow(observed, newest, process, thresholds)
  );
}

function recentChanges(samples: readonly Sample[]): Changes {
  return samples
    .slice(1)
    .reduce((sum, after, index) => add(sum, changesBetween(samples[index] as Sample, after)), NO_CHANGES);
}

function tooShort({ anew, recent }: Observed, seconds: number): Finding {
  const reason = anew === undefined ? "" : `; nothing earlier is compared: ${anew}`;
  const read = recent.length === 1 ? "one reading so far" : `watched for ${inWords(seconds)} so far`;
  return unknown(`${read}${reason}`, ["generated_at"]);
}

function unknown(evidence: string, signals: readonly string[]): Finding {
  return { name: "not_known_yet", evidence, signals };
}

function spinning(
  { spinning }: Observed,
  newest: Sample,
  process: ProcessSample,
  thresholds: JudgementThresholds,
): Finding | undefined {
  const seconds = (newest.at - spinning.from) / 1000;
  // Ticks alone are one signal: without a second clock a long computation looks the same.
  if (seconds < thresholds.spinningSeconds || (process.chars === undefined && !newest.log)) return undefined;
  const share = cores(spinning.changes, newest);
  return {
    name: "spinning",
    since: spinning.from,
    ...describeSpinning(seconds, share, newest, process),
  };
}

function busy(changes: Changes, newest: Sample, { workingCores }: JudgementThresholds): Finding | undefined {
  const own = cores(changes, newest);
  if (own >= workingCores || changes.usage) {
    return { name: "working", ...describeWork(changes, own, workingCores) };
  }
  const children = cores({ ...changes, ownTicks: changes.childTicks }, newest);
  if (children >= workingCores || changes.family > 0) {
    return { name: "waiting_on_child", ...describeChildren(changes, own, children, newest) };
  }
  return changes.logWritten ? { name: "working", ...describeWork(changes, own, workingCores) } : undefined;
}

function hung(
  { silent, fruitless }: Observed,
  newest: Sample,
  process: ProcessSample,
  { hungSeconds, fruitlessSeconds }: JudgementThresholds,
): Finding | undefined {
  if (!switchesAreKnown(process)) return undefined;
  const silentSeconds = (newest.at - silent.from) / 1000;
  if (silentSeconds >= hungSeconds) {
    return {
      name: "hung",
      since: silent.from,
      ...describeSilence(silentSeconds, silent.changes, newest, process),
    };
  }
  const fruitlessFor = (newest.at - fruitless.from) / 1000;
  if (fruitlessFor < fruitlessSeconds || !hasClockOfProgress(newest, process)) return undefined;
  return {
    name: "hung",
    since: fruitless.from,
    ...describeNoProgress(fruitlessFor, cores(fruitless.changes, newest), fruitless.changes, newest, process),
  };
}

/** Of a stream that is read by recv(2) no characters show: the log or the tokens are to say that nothing came of it. */
function hasClockOfProgress({ log, usage = [] }: Sample, { chars }: ProcessSample): boolean {
  return chars !== undefined && (log !== undefined || usage.some((sum) => sum > 0));
}

function awake(
  changes: Changes,
  process: ProcessSample,
  thresholds: JudgementThresholds,
): Finding | undefined {
  const own = { ...changes, childTicks: 0, childSwitches: 0, childChars: 0 };
  if (!isQuiet(own, thresholds)) return { name: "waiting_on_stream", ...describeStream(changes) };
  if (isQuiet(changes, thresholds)) return undefined;
  return { name: "waiting_on_child", ...describeAwakeChildren(changes, process) };
}

/** Between two calls of a model, or dead: from outside both look the same until one of them moves. */
function silentForNow(
  { silent, anew }: Observed,
  newest: Sample,
  process: ProcessSample,
  { hungSeconds }: JudgementThresholds,
): Finding {
  const seconds = (newest.at - silent.from) / 1000;
  const { evidence, signals } = describeSilence(seconds, silent.changes, newest, process);
  const rest = switchesAreKnown(process)
    ? `it counts as hung from ${inWords(hungSeconds)} on`
    : "the kernel does not tell its switches, and without them a wait for a stream looks the same";
  const reason = anew === undefined ? "" : `; nothing earlier is compared: ${anew}`;
  return unknown(`${evidence}; ${rest}${reason}`, signals);
}

function switchesAreKnown(process: ProcessSample): boolean {
  return process.switches !== undefined && process.descendantSwitches !== undefined;
}
