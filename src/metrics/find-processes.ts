/**
 * Finds the processes of runs without a recorded pid, and adds watched process trees. Sweeping all processes is expensive, so
 * it happens only occasionally. In between, the service only checks that each found process is still the same.
 */
import { realpath, stat } from "node:fs/promises";
import { basename } from "node:path";
import { validPid } from "../procfs/open-procfs.ts";
import type { Presence, Procfs } from "../procfs/process.ts";
import type { AgentRow, AgentRows } from "../repositories/repository.ts";
import { type Follow, type Identity, type Match, matchRuns, type Outcome } from "./match-processes.ts";
import type { OnUnexpected } from "./section.ts";
import { mayBeLog, watchedTrees } from "./watched-processes.ts";
import type { CallWithTimeout } from "./with-timeout.ts";

/** Never rejects. */
export type FindProcesses = (rows: AgentRows) => Promise<AgentRows>;

export interface FinderOptions {
  readonly procfs: Procfs;
  /** For calls that may hang in a file system. */
  readonly patiently: CallWithTimeout;
  readonly isThisHost: (host: string | null) => boolean;
  readonly onUnexpected: OnUnexpected;
  /**
   * Resolves with the user whose processes may belong to the runs: a user ID, null for all users, or undefined if it
   * cannot be read now.
   */
  readonly user: () => Promise<number | null | undefined>;
  /** Programs whose process trees are reported as runs. */
  readonly watch?: readonly string[];
  readonly maxItems?: number;
  /** The interval between sweeps over all processes. Default: 30. */
  readonly sweepSeconds?: number;
  /** The maximum number of processes and descriptors that a sweep examines. Default: 100,000. */
  readonly mostLooks?: number;
  /** Milliseconds of a monotonic clock. */
  readonly now?: () => number;
}

/** The result of the last sweep for a run. */
interface Known {
  readonly match?: Match;
  readonly presence: Presence;
  /** Consecutive sweeps without a match. 1 for a process that has ended. */
  readonly misses: number;
}

const UNKNOWN: Known = { presence: "unknown", misses: 0 };

/** The process of a run that was recorded just now may not exist yet. */
const MISSES_UNTIL_GONE = 2;

export function processFinder(options: FinderOptions): FindProcesses {
  const { procfs, isThisHost, watch = [], maxItems = 1000, sweepSeconds = 30 } = options;
  const { mostLooks = 100_000, now = () => performance.now() } = options;
  const follow: Follow = (link) => options.patiently(() => keyOf(link), null);
  const trees = watchedTrees(procfs, watch);
  let known = new Map<string, Known>();
  let sweptAt = Number.NEGATIVE_INFINITY;
  let sweeping: Promise<void> | undefined;

  /** Returns the result of the last sweep, unless the process has changed since. */
  function stillKnown(runId: string): Known {
    const last = known.get(runId) ?? UNKNOWN;
    return !last.match || procfs.isStill(last.match)
      ? last
      : { presence: "unknown", misses: MISSES_UNTIL_GONE - 1 };
  }

  async function sweep(lacking: readonly AgentRow[], recorded: readonly number[]): Promise<void> {
    const uid = await options.user();
    if (uid === undefined) return;
    const paths = new Set(lacking.flatMap(({ openFile, cwd }) => [openFile ?? [], cwd ?? []].flat()));
    const identified = [...paths].map(
      async (path) => [path, await options.patiently(() => identityOf(path), null)] as const,
    );
    const identities = new Map(await Promise.all(identified));
    const names = new Set(lacking.map(({ openFile }) => identities.get(openFile ?? "")?.name));
    const wantsFile = (name: string) => names.has(name) || (watch.length > 0 && mayBeLog(name));
    const wantsFiles = watch.length > 0 || lacking.some(({ openFile }) => openFile);
    const swept = await procfs.sweep({ uid, wantsFile: wantsFiles ? wantsFile : null, mostLooks });
    if (!swept) return;
    trees.update(swept, uid ?? process.geteuid?.());
    const outcomes = await matchRuns(lacking, recorded, swept, identities, once(follow));
    for (const [{ runId }, outcome] of outcomes) known.set(runId, knownBy(outcome, known.get(runId)));
  }

  return async (rows) => {
    const here = rows.running.filter(({ host }) => isThisHost(host));
    const lacking = here.filter(lacksPid);
    const recorded = here.flatMap(({ pid }) => validPid(pid) ?? []);
    known = new Map(lacking.map(({ runId }) => [runId, stillKnown(runId)]));
    const isWanted = watch.length > 0 || lacking.some(({ runId }) => !known.get(runId)?.match);
    if (isWanted && now() - sweptAt >= sweepSeconds * 1000) {
      sweptAt = now();
      sweeping = sweep(lacking, recorded).catch((error) => options.onUnexpected("processes", error));
    }
    await sweeping;
    const found = rows.running.map((row) => (known.has(row.runId) ? withFound(row, known) : row));
    const pids = found.flatMap(({ pid, host }) => (isThisHost(host) ? (validPid(pid) ?? []) : []));
    const watched = trees.rows(pids);
    return {
      ...rows,
      running: [...found, ...watched].slice(0, Math.max(maxItems, found.length)),
      total: rows.total + watched.length,
    };
  };
}

const lacksPid = ({ pid, openFile, cwd, program }: AgentRow): boolean =>
  validPid(pid) === undefined && Boolean(openFile || (cwd && program));

function withFound(row: AgentRow, known: ReadonlyMap<string, Known>): AgentRow {
  const { match, presence } = known.get(row.runId) ?? UNKNOWN;
  return match ? { ...row, pid: match.pid } : { ...row, presence };
}

function knownBy(outcome: Outcome, before: Known = UNKNOWN): Known {
  if (typeof outcome === "object") return { match: outcome, presence: "running", misses: 0 };
  // The process existed a moment ago. If this sweep cannot determine it, the last result stays.
  if (outcome === "unknown" && before.match) return before;
  if (outcome !== "nothing") return { presence: outcome, misses: before.misses };
  const misses = before.misses + 1;
  return { presence: misses >= MISSES_UNTIL_GONE ? "gone" : "unknown", misses };
}

async function keyOf(path: string): Promise<string> {
  const { dev, ino } = await stat(path, { bigint: true });
  return `${dev} ${ino}`;
}

async function identityOf(path: string): Promise<Identity | null> {
  return path.startsWith("/") ? { key: await keyOf(path), name: basename(await realpath(path)) } : null;
}

/** Follows each link only once. */
function once(follow: Follow): Follow {
  const asked = new Map<string, Promise<string | null>>();
  return (link) => {
    const answer = asked.get(link) ?? follow(link);
    asked.set(link, answer);
    return answer;
  };
}
