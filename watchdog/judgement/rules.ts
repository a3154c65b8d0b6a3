/** The rules in order of evaluation: first what the kernel shows directly, then what the changes show. */
import { duration } from "../words/text.ts";
import { judgeActivity } from "./activity.ts";
import type { Observed } from "./observed.ts";
import { UNKNOWN } from "./sample.ts";
import type { JudgementThresholds } from "./thresholds.ts";
import type { Finding, Verdict } from "./verdict.ts";

export function decide(
  observed: Observed,
  before: Verdict | undefined,
  thresholds: JudgementThresholds,
): Verdict {
  const finding =
    absent(observed, thresholds) ??
    foreign(observed) ??
    ended(observed) ??
    orphaned(observed, thresholds) ??
    stopped(observed) ??
    judgeActivity(observed, thresholds);
  const since = finding.since ?? (before?.name === finding.name ? before.since : observed.newest.at);
  return { ...finding, since };
}

const NOT_VISIBLE: ReadonlyMap<string, string> = new Map([
  ["hidden", "it runs, but hidepid hides it from the service"],
  ["other_host", "the run is on another host; the service there sees it"],
  ["no_pid", "no process id is recorded for the run"],
  ["ambiguous", "no process id is recorded for the run, and several processes fit it"],
  ["unknown", "the service cannot tell which process is the run's, or there is no procfs"],
]);

/** If the process of a run cannot be seen, its records and its log decide. */
function absent(observed: Observed, thresholds: JudgementThresholds): Finding | undefined {
  const { newest, recordedAt, watchedFrom } = observed;
  const { presence } = newest;
  if (presence === "running" || presence === "zombie") return undefined;
  if (presence === "gone") return detached(observed, thresholds) ?? gone(observed);
  const why = NOT_VISIBLE.get(presence) ?? `the service reports its presence as "${presence}"`;
  const seconds = (newest.at - (recordedAt ?? watchedFrom)) / 1000;
  const signals = ["presence", "usage", "log", "progress_at"];
  if (recordedAt !== undefined && seconds <= thresholds.recent_seconds)
    return { name: "working", evidence: `it recorded progress ${duration(seconds)} ago; ${why}`, signals };
  const couldShow = newest.log !== undefined || recordedAt !== undefined;
  if (couldShow && seconds >= thresholds.peer_seconds)
    return {
      name: "hung",
      evidence: `no new log lines, no tokens and no step for ${duration(seconds)}; ${why}`,
      signals,
      limit: ["peer_seconds", thresholds.peer_seconds],
      since: recordedAt ?? watchedFrom,
    };
  return { name: "not_visible", evidence: why, signals: ["presence"] };
}

/** The recorded process ended, or is only a client, and the work continues elsewhere. */
function detached(
  { recordedAt, goneFrom, newest: { at, pid } }: Observed,
  { hung_seconds }: JudgementThresholds,
): Finding | undefined {
  if (recordedAt === undefined || recordedAt <= (goneFrom ?? 0)) return undefined;
  const seconds = (at - recordedAt) / 1000;
  if (seconds >= hung_seconds) return undefined;
  return {
    name: "detached",
    evidence: `process ${pid ?? UNKNOWN} ended, but the run continues without it: its log, tokens or steps grew ${duration(seconds)} ago`,
    signals: ["presence", "log", "usage", "progress_at"],
  };
}

function gone({ aliveAt, newest: { pid, at } }: Observed): Finding {
  const seen =
    aliveAt === undefined
      ? "it was never seen alive: it ended earlier, or its pid belongs to another pid namespace"
      : `it was last seen alive ${duration((at - aliveAt) / 1000)} ago`;
  return {
    name: "gone",
    evidence: `process ${pid ?? UNKNOWN} does not exist, the run is not finished, and nothing of it grows; ${seen}`,
    signals: ["presence"],
  };
}

function ended({ newest: { presence, pid } }: Observed): Finding | undefined {
  if (presence !== "zombie") return undefined;
  const evidence = `process ${pid ?? UNKNOWN} ended, its parent has not reaped it, and the run is not finished`;
  return { name: "zombie", evidence, signals: ["presence", "process.state"] };
}

function orphaned(
  { finishedSince, newest: { taskFinished, at, pid } }: Observed,
  { orphaned_seconds }: JudgementThresholds,
): Finding | undefined {
  if (finishedSince === undefined || !taskFinished) return undefined;
  const seconds = (at - finishedSince) / 1000;
  if (seconds < orphaned_seconds) return undefined;
  return {
    name: "orphaned",
    evidence: `its task or job has been finished for at least ${duration(seconds)}, but process ${pid ?? UNKNOWN} still runs`,
    signals: ["task_stage", "job_status", "presence"],
    since: finishedSince,
  };
}

/** Its own process counts at once; a child only while nothing else of the tree makes progress. */
function stopped({ idle, newest: { process, pid, at } }: Observed): Finding | undefined {
  if (!process) return undefined;
  if (process.frozen)
    return {
      name: "stopped",
      evidence: `the control group of process ${pid ?? UNKNOWN} is frozen, for example by \`docker pause\``,
      signals: ["process.frozen"],
    };
  if (process.state === "T" || process.state === "t") {
    const by = process.state === "T" ? "a signal (SIGSTOP, SIGTSTP)" : "a debugger";
    return {
      name: "stopped",
      evidence: `process ${pid ?? UNKNOWN} is stopped by ${by}`,
      signals: ["process.state"],
    };
  }
  const child = process.youngest.find(({ state }) => state === "T" || state === "t");
  if (!child || at === idle.from) return undefined;
  return {
    name: "stopped",
    evidence: `its child \`${child.name}\` (pid ${child.pid ?? UNKNOWN}) is stopped by ${child.state === "T" ? "a signal" : "a debugger"}; no progress for ${duration((at - idle.from) / 1000)}`,
    signals: ["descendants.youngest"],
  };
}

/** Not permanent: a run that records progress, or whose process becomes active, has its process. */
function foreign({ foreign, recordedAt, newest: { at } }: Observed): Finding | undefined {
  if (!foreign) return undefined;
  const { replaced: _, ...finding } = foreign;
  const grows = recordedAt !== undefined && recordedAt >= foreign.since;
  return grows
    ? {
        name: "detached",
        evidence: `${foreign.evidence}; the run continues: its log, tokens or steps grew ${duration((at - recordedAt) / 1000)} ago`,
        signals: [...foreign.signals, "log", "usage", "progress_at"],
      }
    : finding;
}
