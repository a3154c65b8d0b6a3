/** The rules, in the order in which they are asked: what the kernel says outright, then what the changes come to. */
import { judgeActivity } from "./activity.ts";
import type { Observed } from "./observed.ts";
import type { Sample } from "./sample.ts";
import type { JudgementThresholds } from "./thresholds.ts";
import type { Finding, Verdict } from "./verdict.ts";
import { inWords, NOT_TOLD } from "./words.ts";

export function decide(
  observed: Observed,
  before: Verdict | undefined,
  thresholds: JudgementThresholds,
): Verdict {
  const newest = observed.recent.at(-1) as Sample;
  const finding =
    absent(observed, newest) ??
    observed.foreign ??
    ended(newest) ??
    orphaned(observed, newest, thresholds) ??
    stopped(newest) ??
    judgeActivity(observed, newest, thresholds);
  const since = finding.since ?? (before?.name === finding.name ? before.since : newest.at);
  return { name: finding.name, evidence: finding.evidence, signals: finding.signals, since };
}

const NOT_VISIBLE: ReadonlyMap<string, string> = new Map([
  ["hidden", "it lives, but hidepid keeps it from the service"],
  ["other_host", "the run is on another host; the service there sees it"],
  ["no_pid", "no process id is recorded for the run"],
  ["unknown", "the service has no procfs that could tell"],
]);

function absent({ aliveAt }: Observed, { presence, pid, at }: Sample): Finding | undefined {
  if (presence === "running" || presence === "zombie") return undefined;
  if (presence !== "gone") {
    const evidence = NOT_VISIBLE.get(presence) ?? `the service says "${presence}" of it`;
    return { name: "not_visible", evidence, signals: ["presence"] };
  }
  const seen =
    aliveAt === undefined
      ? "it was never seen alive here: it ended before, or its pid belongs to another pid namespace"
      : `it was last seen alive ${inWords((at - aliveAt) / 1000)} ago`;
  return {
    name: "gone",
    evidence: `there is no process ${pid ?? NOT_TOLD}, and the run is not finished; ${seen}`,
    signals: ["presence"],
  };
}

function ended({ presence, pid }: Sample): Finding | undefined {
  if (presence !== "zombie") return undefined;
  const evidence = `process ${pid ?? NOT_TOLD} ended, its parent has not waited for it, and the run is not finished`;
  return { name: "zombie", evidence, signals: ["presence", "process.state"] };
}

function orphaned(
  { finishedSince }: Observed,
  { taskFinished, at, pid }: Sample,
  { orphanedSeconds }: JudgementThresholds,
): Finding | undefined {
  if (finishedSince === undefined || !taskFinished) return undefined;
  const seconds = (at - finishedSince) / 1000;
  if (seconds < orphanedSeconds) return undefined;
  return {
    name: "orphaned",
    evidence: `what it works for is finished, seen so for ${inWords(seconds)}, and process ${pid ?? NOT_TOLD} lives`,
    signals: ["task_stage", "job_status", "presence"],
    since: finishedSince,
  };
}

function stopped({ process, pid }: Sample): Finding | undefined {
  if (process?.state !== "T" && process?.state !== "t") return undefined;
  const by = process.state === "T" ? "a signal (SIGSTOP, SIGTSTP)" : "a debugger";
  return {
    name: "stopped",
    evidence: `process ${pid ?? NOT_TOLD} is stopped by ${by}`,
    signals: ["process.state"],
  };
}
