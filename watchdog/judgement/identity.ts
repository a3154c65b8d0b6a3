/** Whether the process that has the run's pid is the run's own. */

import type { Sample } from "./sample.ts";
import type { JudgementThresholds } from "./thresholds.ts";
import { inWords, NOT_TOLD } from "./words.ts";

/** A process that is not the run's own, and how that shows. */
export interface ForeignProcess {
  readonly name: "pid_reused" | "not_visible";
  readonly evidence: string;
  readonly signals: readonly string[];
  readonly since: number;
}

export interface Known {
  readonly foreign?: ForeignProcess;
  readonly respawned: boolean;
}

/** What `last`, the sample before, and what was found up to it tell of the process in `sample`. */
export function foreignProcessIn(
  known: Known,
  last: Sample | undefined,
  sample: Sample,
  thresholds: JudgementThresholds,
): ForeignProcess | undefined {
  const { process, pid, at } = sample;
  // The same pid and boot: once another process had it, the run's own is gone for good.
  const remains = last?.pid === pid && last?.bootId === sample.bootId;
  if (remains && known.foreign?.name === "pid_reused") return known.foreign;
  if (!process) return undefined;
  const was = remains ? last?.process : undefined;
  if (was && was.startTicks !== process.startTicks) {
    return {
      name: "pid_reused",
      evidence: `pid ${pid ?? NOT_TOLD} is another process: it started at tick ${process.startTicks} since boot, the one before it at tick ${was.startTicks}`,
      signals: ["pid", "start_ticks"],
      since: at,
    };
  }
  const since = remains ? (known.foreign?.since ?? at) : at;
  const found = byMemory(sample) ?? byStart(known, sample, thresholds);
  return found && { ...found, since };
}

/** Low pids of another pid namespace are often kernel threads in ours: no memory, nothing read. */
function byMemory({ process, pid }: Sample): Omit<ForeignProcess, "since"> | undefined {
  if (!process || process.state === "Z" || process.memoryBytes > 0 || (process.chars ?? 0) > 0)
    return undefined;
  return {
    name: "not_visible",
    evidence: `pid ${pid ?? NOT_TOLD} is a kernel thread here: the run's pid belongs to another pid namespace or host`,
    signals: ["process.resident_memory_bytes", "process.read_chars"],
  };
}

function byStart(
  { respawned }: Known,
  { process, pid, runStartedAt }: Sample,
  { processLagSeconds, processLeadSeconds }: JudgementThresholds,
): Omit<ForeignProcess, "since"> | undefined {
  if (process?.startedAt === undefined || runStartedAt === undefined) return undefined;
  const later = (process.startedAt - runStartedAt) / 1000;
  const signals = ["process.started_at", "started_at"];
  if (later > processLagSeconds && !respawned) {
    const evidence = `pid ${pid ?? NOT_TOLD} started ${inWords(later)} after the run: it is another process`;
    return { name: "pid_reused", evidence, signals };
  }
  if (processLeadSeconds > 0 && -later > processLeadSeconds) {
    const evidence = `pid ${pid ?? NOT_TOLD} started ${inWords(-later)} before the run: it is none of the run's own, as when the pid belongs to another pid namespace`;
    return { name: "not_visible", evidence, signals };
  }
  return undefined;
}
