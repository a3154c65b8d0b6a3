/** Judges a living process that may run: whether it makes progress, and if not, what it waits for and for how long. */
import { duration } from "../words/text.ts";
import { type Cause, causeOf, describeChildren, limitOf } from "./cause.ts";
import { add, type Changes, cores, NO_CHANGES, treeCores } from "./changes.ts";
import type { Observed } from "./observed.ts";
import { personNeeded } from "./person.ts";
import type { ProcessSample, Sample } from "./sample.ts";
import type { JudgementThresholds } from "./thresholds.ts";
import type { Finding, VerdictName } from "./verdict.ts";

/** CPU use over less than this part of `recent_seconds` means little. */
const LEAST_PART = 0.25;

export function judgeActivity(observed: Observed, thresholds: JudgementThresholds): Finding {
  const { process } = observed.newest;
  if (!process) return unknown("the process could not be read", ["process"]);
  const changes = recentChanges(observed.recent);
  const seconds = changes.milliseconds / 1000;
  if (seconds === 0 || seconds < thresholds.recent_seconds * LEAST_PART) return tooShort(observed, seconds);
  return (
    spinning(observed, changes, process, thresholds) ??
    personNeeded(observed, thresholds) ??
    working(observed, changes, thresholds) ??
    starved(observed, process, changes) ??
    waiting(observed, changes, thresholds)
  );
}

const recentChanges = (recent: Observed["recent"]): Changes => recent.slice(1).reduce(add, NO_CHANGES);

function tooShort({ anew, recent }: Observed, seconds: number): Finding {
  const reason = anew === undefined ? "" : `; earlier readings are not compared: ${anew}`;
  const read = recent.length === 1 ? "one reading so far" : `watched for ${duration(seconds)} so far`;
  return unknown(`${read}${reason}`, ["generated_at"]);
}

function unknown(evidence: string, signals: readonly string[]): Finding {
  return { name: "not_known_yet", evidence, signals };
}

/** Uses the average since the last progress, since a busy machine gives varying shares, and requires recent use too. */
function spinning(
  { newest, idle: { from, changes } }: Observed,
  recent: Changes,
  process: ProcessSample,
  { spinning_seconds, spinning_cores }: JudgementThresholds,
): Finding | undefined {
  const seconds = (newest.at - from) / 1000;
  const share = treeCores(changes, newest);
  const isStill = treeCores(recent, newest) >= spinning_cores / 2;
  if (seconds < spinning_seconds || share < spinning_cores || !isStill) return undefined;
  const children = process.descendants > 0 ? `; ${describeChildren(process)}` : "";
  return {
    name: "spinning",
    since: from,
    limit: ["spinning_seconds", spinning_seconds],
    evidence: `${coresInWords(share)} for ${duration(seconds)}, and ${nothing(newest)}${children}`,
    signals: ["ticks", "descendants.ticks", "usage", "log", "storage_write_bytes"],
  };
}

/** Lists the missing signals, as far as the run has them at all. */
function nothing({ log, progressAt }: Sample): string {
  const recorded = progressAt === undefined ? "no tokens" : "no tokens, no step";
  return `no progress: ${recorded}${log ? ", no new log lines" : ""}, nothing stored`;
}

/** Progress in the last `recent_seconds`, or enough computing to expect some. */
function working(
  { newest, progress }: Observed,
  changes: Changes,
  { recent_seconds, spinning_cores, working_cores }: JudgementThresholds,
): Finding | undefined {
  const own = cores(changes.ownTicks, changes, newest);
  const children = cores(changes.childTicks, changes, newest);
  const isRecent = progress !== undefined && (newest.at - progress.at) / 1000 <= recent_seconds;
  if (!isRecent && own + children < spinning_cores) return undefined;
  const name = own < working_cores && children >= working_cores ? "waiting_on_child" : "working";
  const parts = [`${own === 0 ? "no ticks" : coresInWords(own)} of its own`];
  if (children > 0) parts.push(`${coresInWords(children)} by its children`);
  if (isRecent) parts.push(progress.evidence);
  return {
    name,
    evidence: `${parts.join(", ")} in the last ${duration(changes.milliseconds / 1000)}`,
    signals: [
      "ticks",
      ...(children > 0 ? ["descendants.ticks"] : []),
      ...(isRecent ? [progress.signal] : []),
    ],
  };
}

/** A process of the tree could run in each reading but gets hardly any CPU time: the run waits for nothing. */
function starved(
  { newest, recent }: Observed,
  process: ProcessSample,
  changes: Changes,
): Finding | undefined {
  if (recent.length < 3 || !recent.every(({ canRun }) => canRun)) return undefined;
  const share = treeCores(changes, newest);
  return {
    name: process.state === "R" ? "working" : "waiting_on_child",
    evidence: `ready to run in each reading, but got only ${coresInWords(share)}`,
    signals: ["state", "descendants.states", "ticks"],
  };
}

const WAITING: Readonly<Partial<Record<Cause["name"], VerdictName>>> = {
  peer: "waiting_on_peer",
  child: "waiting_on_child",
  sleep: "sleeping",
};

function waiting(observed: Observed, changes: Changes, thresholds: JudgementThresholds): Finding {
  const { newest, idle, anew } = observed;
  const cause = causeOf(observed);
  // After a planned sleep, a person's answer or a tool's end, the full limit applies again.
  const from = Math.max(
    idle.from,
    Math.min(observed.sleepsUntil ?? 0, newest.at),
    observed.personAt ?? 0,
    // Tools that end without progress, one after the other, share a limit.
    cause.name === "child" ? 0 : (observed.toolEndedAt ?? 0),
  );
  const seconds = (newest.at - from) / 1000;
  const isRepeating =
    observed.loggedAt !== undefined &&
    newest.at - observed.loggedAt < REPEAT_MILLISECONDS &&
    observed.loggedAt > idle.from;
  const limit = limitOf(cause, isRepeating, isQuiet(idle.changes), thresholds);
  const parts = [
    `it ${cause.evidence}`,
    ...(isRepeating ? ["its log repeats the same lines"] : []),
    `${nothing(newest)} for ${duration(seconds)}`,
    ...heartbeat(newest),
  ];
  const signals = [...cause.signals, "usage", "log", "storage_write_bytes"];
  const finding = { cause: cause.name, evidence: parts.join("; "), signals };
  if (seconds >= limit[1] && mayBeItsOwn(observed, thresholds))
    return { name: "hung", since: from, limit, ...finding };
  const name = WAITING[cause.name];
  if (name) return { name, ...finding };
  const share = treeCores(changes, newest);
  // Before its limit it counts as working. Without any progress so far, nothing is known.
  if (share >= thresholds.working_cores || observed.progress !== undefined)
    return {
      name: "working",
      evidence: `${coresInWords(share)}; ${finding.evidence}`,
      signals: ["ticks", ...signals],
    };
  const rest = `it counts as hung after ${duration(limit[1])}`;
  const reason = anew === undefined ? "" : `; earlier readings are not compared: ${anew}`;
  return unknown(`${finding.evidence}; ${rest}${reason}`, signals);
}

/** How recent the last write to a log without new lines must be to count as repetition. */
const REPEAT_MILLISECONDS = 180_000;

/** Returns whether there is only a runtime's housekeeping: a little per minute, and a little once. */
function isQuiet({ ownTicks, childTicks, treeSwitches, milliseconds }: Changes): boolean {
  const minutes = milliseconds / 60_000;
  return Math.max(ownTicks, childTicks) <= 1 + minutes && treeSwitches <= 4 + minutes;
}

/** A process that is older than its run, and did nothing while it was watched, may belong to something else. */
function mayBeItsOwn(
  { hasMoved, newest: { process, runStartedAt } }: Observed,
  { process_lead_seconds }: JudgementThresholds,
): boolean {
  const startedAt = process?.startedAt;
  if (hasMoved || process_lead_seconds === 0 || startedAt === undefined || runStartedAt === undefined)
    return true;
  return (runStartedAt - startedAt) / 1000 <= process_lead_seconds;
}

/** 0.974 → "97 % of a core", 2.5 → "2.5 cores". */
function coresInWords(cores: number): string {
  if (cores >= 1.95) return `${cores.toFixed(1)} cores`;
  return `${cores < 0.1 ? Number((cores * 100).toFixed(1)) : Math.round(cores * 100)} % of a core`;
}

/** It is reported but decides nothing, since another process may write it for a dead agent. */
function heartbeat({ heartbeatAt, at }: Sample): readonly string[] {
  if (heartbeatAt === undefined) return [];
  return [`its last heartbeat is ${duration(Math.max(0, at - heartbeatAt) / 1000)} old`];
}
