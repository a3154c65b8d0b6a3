/** Decides whether the process with the run's pid is the run's own. */
import { duration } from "../words/text.ts";
import type { Observed } from "./observed.ts";
import { type Sample, UNKNOWN } from "./sample.ts";
import type { JudgementThresholds } from "./thresholds.ts";
import type { Finding, ForeignProcess } from "./verdict.ts";

/** Decides from the previous sample and the previous result whether the process in `sample` is foreign. */
export function foreignProcessIn(
  known: Observed,
  last: Sample | undefined,
  sample: Sample,
  thresholds: JudgementThresholds,
): ForeignProcess | undefined {
  const { process, pid, at } = sample;
  // The same pid and boot: once the process was replaced, the run's own never returns.
  const remains = last?.pid === pid && last?.bootId === sample.bootId;
  if (!process) return remains ? known.foreign : undefined;
  // The process was replaced while it was watched, so the run's own never returns.
  if (remains && known.foreign?.replaced) return known.foreign;
  const was = remains ? last?.process : undefined;
  if (was && was.startTicks !== process.startTicks) {
    return {
      name: "pid_reused",
      evidence: `pid ${pid ?? UNKNOWN} is another process: it started at tick ${process.startTicks} since boot, the one before it at tick ${was.startTicks}`,
      signals: ["pid", "start_ticks"],
      since: at,
      replaced: true,
    };
  }
  const since = remains ? (known.foreign?.since ?? at) : at;
  const found = byMemory(sample) ?? byStart(known, sample, thresholds);
  return found && { ...found, since };
}

/** Low pids of another pid namespace are often kernel threads here. Kernel threads have no memory. */
function byMemory({ process, pid }: Sample): Finding | undefined {
  if (!process || process.state === "Z" || process.memoryBytes > 0 || process.ownTicks > 0) return undefined;
  return {
    name: "not_visible",
    evidence: `pid ${pid ?? UNKNOWN} is a kernel thread here: the run's pid belongs to another pid namespace or host`,
    signals: ["process.resident_memory_bytes"],
  };
}

/**
 * A run may be prepared for minutes before its process starts. The process counts as foreign only if nothing of the run grew
 * while it was watched, and the process does nothing.
 */
function byStart(
  { respawned, hasMoved, recordedAt, idle }: Observed,
  { process, pid, runStartedAt, at }: Sample,
  { process_lag_seconds, recent_seconds }: JudgementThresholds,
): Finding | undefined {
  if (process?.startedAt === undefined || runStartedAt === undefined) return undefined;
  const later = (process.startedAt - runStartedAt) / 1000;
  const isIdle = !hasMoved && recordedAt === undefined && (at - idle.from) / 1000 >= recent_seconds;
  if (later <= process_lag_seconds || respawned || !isIdle) return undefined;
  return {
    name: "pid_reused",
    evidence: `pid ${pid ?? UNKNOWN} started ${duration(later)} after the run, and nothing of the run grows: it is not the run's process`,
    signals: ["process.started_at", "started_at"],
  };
}
