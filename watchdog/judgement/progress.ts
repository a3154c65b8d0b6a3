/**
 * What counts as progress between two samples: changes that only a run with real progress leaves. Changes that a runtime
 * causes all the time (switches, characters, ticks alone) do not count.
 */
import { type Changes, logGrowth, treeCores } from "./changes.ts";
import type { LogSample, ProcessSample, Sample, TaskSample } from "./sample.ts";
import type { JudgementThresholds } from "./thresholds.ts";

/** The evidence in words, and the signal. */
export interface Progress {
  readonly evidence: string;
  readonly signal: string;
}

/** More than a resting runtime writes in a minute: caches, a state database. Measured: at most 50 kB. */
const STORED_BYTES_PER_MINUTE = 256 * 1024;

/** Progress that the orchestrator or the log recorded. It also shows for a run whose process cannot be seen. */
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

/** The part at the end of a log that the service counts. */
const COUNTED_BYTES = 4096;

/** Returns whether the newly written lines repeat earlier ones. */
function isRepeated(before: LogSample | undefined, after: LogSample | undefined): boolean {
  const { lines, distinctLines } = after ?? {};
  if (!after || !before || lines === undefined || distinctLines === undefined || lines < 2) return false;
  if (distinctLines > (before.distinctLines ?? 0)) return false;
  // A short log is counted whole. In a longer one, each counted line must occur at least twice.
  return after.bytes <= COUNTED_BYTES || distinctLines * 2 <= lines;
}

/** Progress of the process tree: storing and computing together. Either alone does not count. */
export function stored(
  changes: Changes,
  after: Sample,
  { working_cores }: JudgementThresholds,
): Progress | undefined {
  const share = treeCores(changes, after);
  const isMuch =
    changes.storageBytes > (STORED_BYTES_PER_MINUTE * Math.max(changes.milliseconds, 15_000)) / 60_000;
  return isMuch && share >= working_cores
    ? { evidence: `${changes.storageBytes} bytes were stored`, signal: "storage_write_bytes" }
    : undefined;
}

/** A tool that was not seen for this long counts as a new step. */
const TOOL_MILLISECONDS = 10 * 60_000;
/** The maximum number of remembered names. */
const MOST_TOOLS = 64;

/** When each program of the tree was last seen; milliseconds since the epoch. */
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

/** A program that is in both samples and was not seen in the last minutes. A program that ends sooner is not a step. */
export function newTool(tools: Tools, before: Sample, after: Sample): Progress | undefined {
  const started = lasting(before, after).find((name) => tools[name] === undefined);
  return started === undefined
    ? undefined
    : { evidence: `\`${started}\` was started`, signal: "descendants.youngest" };
}

/** Returns whether a program that ran at two readings or more has ended. */
export function toolEnded(tools: Tools, before: Sample, after: Sample): boolean {
  if (livingDescendants(after.process) >= livingDescendants(before.process)) return false;
  const left = new Set(living(after).map(({ name }) => name));
  return living(before).some(({ name }) => tools[name] === before.at && !left.has(name));
}

export function livingDescendants(process: ProcessSample | undefined): number {
  return process === undefined ? 0 : process.descendants - (process.states.Z ?? 0);
}

/** Names of the programs that both samples have. */
function lasting(before: Sample | undefined, after: Sample): readonly string[] {
  const earlier = new Set(before?.process?.youngest.map(({ startTicks, name }) => `${startTicks} ${name}`));
  return living(after)
    .filter(({ startTicks, name }) => earlier.has(`${startTicks} ${name}`))
    .map(({ name }) => name);
}

function living({ process }: Sample): readonly TaskSample[] {
  return process?.youngest.filter(({ state }) => state !== "Z") ?? [];
}
