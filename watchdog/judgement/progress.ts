/**
 * What counts as progress between two samples: something that only a run that gets on leaves behind. What a runtime moves
 * all the time (switches, characters, its own clock's ticks) is none.
 */
import { type Changes, logGrowth, treeCores } from "./changes.ts";
import type { LogSample, Sample } from "./sample.ts";
import type { JudgementThresholds } from "./thresholds.ts";

/** How progress showed, in words, and the signal. */
export interface Progress {
  readonly evidence: string;
  readonly signal: string;
}

/** More than a runtime at rest writes in a minute: caches, a state database. Measured: at most 50 kB. */
const STORED_BYTES_PER_MINUTE = 256 * 1024;

/** What the orchestrator or the log recorded: it shows also of a run whose process cannot be seen. */
export function recorded(before: Sample, after: Sample): Progress | undefined {
  if (before.sourceEpoch !== after.sourceEpoch) return undefined;
  if (before.usage && after.usage && before.usage.join() !== after.usage.join())
    return { evidence: "tokens or money were recorded", signal: "usage" };
  if (after.progressAt !== undefined && after.progressAt > (before.progressAt ?? 0))
    return { evidence: "the orchestrator recorded a step", signal: "progress_at" };
  const bytes = logGrowth(before.log, after.log);
  return bytes !== undefined && !isRepeated(before.log, after.log)
    ? { evidence: bytes > 0 ? `its log grew by ${bytes} bytes` : "its log was written", signal: "log" }
    : undefined;
}

/** How much of a log's end is counted. */
const COUNTED_BYTES = 4096;

/** Whether all that was written to a log is what it said before. */
function isRepeated(before: LogSample | undefined, after: LogSample | undefined): boolean {
  const { lines, distinctLines } = after ?? {};
  if (!after || !before || lines === undefined || distinctLines === undefined || lines < 2) return false;
  if (distinctLines > (before.distinctLines ?? 0)) return false;
  // A short log is counted whole. Of another, each line stands at least twice in what is counted.
  return after.bytes <= COUNTED_BYTES || distinctLines * 2 <= lines;
}

/** What the process tree did. Storing alone, and computing alone, show no progress: together they do. */
export function stored(
  changes: Changes,
  after: Sample,
  { workingCores }: JudgementThresholds,
): Progress | undefined {
  const share = treeCores(changes, after);
  const isMuch =
    changes.storageBytes > (STORED_BYTES_PER_MINUTE * Math.max(changes.milliseconds, 15_000)) / 60_000;
  return isMuch && share >= workingCores
    ? { evidence: `${changes.storageBytes} bytes were stored`, signal: "storage_write_bytes" }
    : undefined;
}

/** A tool that was not seen for so long is a new step. */
const TOOL_MILLISECONDS = 10 * 60_000;
/** The names that are remembered. */
const MOST_TOOLS = 64;

/** When each program of the tree was seen last; milliseconds since the epoch. */
export type Tools = Readonly<Record<string, number>>;

export function toolsWith(tools: Tools, before: Sample, after: Sample): Tools {
  const { at } = after;
  const names = lasting(before, after);
  if (names.length === 0) return tools;
  const all = Object.entries({ ...tools, ...Object.fromEntries(names.map((name) => [name, at])) });
  return Object.fromEntries(
    all
      .filter(([, seenAt]) => at - seenAt < TOOL_MILLISECONDS)
      .sort(([, one], [, other]) => other - one)
      .slice(0, MOST_TOOLS),
  );
}

/** A program that runs since the sample before, and did not in the last minutes. What ends sooner is no step. */
export function newTool(tools: Tools, before: Sample, after: Sample): Progress | undefined {
  const started = lasting(before, after).find((name) => tools[name] === undefined);
  return started === undefined
    ? undefined
    : { evidence: `\`${started}\` was started`, signal: "descendants.youngest" };
}

/** Names of the programs that both samples have. */
function lasting(before: Sample | undefined, after: Sample): readonly string[] {
  const earlier = new Set(before?.process?.youngest.map(({ startTicks, name }) => `${startTicks} ${name}`));
  const living = after.process?.youngest.filter(({ state }) => state !== "Z") ?? [];
  return living
    .filter(({ startTicks, name }) => earlier.has(`${startTicks} ${name}`))
    .map(({ name }) => name);
}
