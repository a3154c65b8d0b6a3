/**
 * Matches runs without a recorded pid to processes: a process that holds the run's file open, or else one of the run's program
 * in the run's folder. Only a single match counts. A run has no process only if none of the processes seen could be its own.
 */
import type { Link, Sighting, Sweep, SweptProcess } from "../procfs/process.ts";
import { programAmong } from "../procfs/program.ts";
import type { AgentRow } from "../repositories/repository.ts";

/** The device, inode and real name of a path's target. */
export interface Identity {
  readonly key: string;
  readonly name: string;
}

/** Resolves with the key of a link's target, or null if it is gone or does not respond in time. Never rejects. */
export type Follow = (link: string) => Promise<string | null>;

/** The process of a run, with the link that identified it. */
export type Match = Sighting & Link;

/** `nothing`: the run has no process. `unknown`: it may have one. */
export type Outcome = Match | "ambiguous" | "nothing" | "unknown";

/** A process that started later than this after a run is not matched by its folder. */
const LAG_MILLISECONDS = 60_000;

type Fit = Match & { readonly isWritable: boolean; readonly program: string };

type Fits = readonly Match[];

/** `recorded` are pids of other runs. `identities` holds the runs' own paths. */
export async function matchRuns(
  runs: readonly AgentRow[],
  recorded: readonly number[],
  { processes, isWhole }: Sweep,
  identities: ReadonlyMap<string, Identity | null>,
  follow: Follow,
): Promise<ReadonlyMap<AgentRow, Outcome>> {
  const ancestry = ancestryOf(processes);
  const claimed = new Set(recorded);
  const isClaimed = ({ pid }: SweptProcess) => [...claimed].some((one) => ancestry.areRelated(one, pid));
  const hasProgram = ({ program }: AgentRow, one: { readonly program: string }) =>
    programAmong(program?.split("|") ?? [], one.program) !== undefined;
  const mayBe = (run: AgentRow) =>
    processes.filter((one) => hasProgram(run, one) && (run.sharesProcess || !isClaimed(one)));

  /** Returns the candidates whose link leads to the path's target. Undefined if one of them cannot be followed. */
  async function confirmed(candidates: readonly Fit[], path: string): Promise<readonly Fit[] | undefined> {
    const wanted = identities.get(path);
    const named = candidates.filter(({ target }) => wanted && target.endsWith(`/${wanted.name}`));
    const found = await Promise.all(named.map(({ link }) => follow(link)));
    return found.includes(null) ? undefined : named.filter((_, index) => found[index] === wanted?.key);
  }

  async function byFile(run: AgentRow): Promise<Fits | undefined> {
    if (!run.openFile) return [];
    const held = processes.flatMap((one) => (one.files ?? []).map((file) => ({ ...one, ...file })));
    const holders = await confirmed(held, run.openFile);
    if (!holders) return undefined;
    const ofProgram = preferred(holders, (holder) => hasProgram(run, holder));
    return ancestry.outermost(preferred(ofProgram, ({ isWritable }) => isWritable));
  }

  async function byFolder(run: AgentRow): Promise<Fits | undefined> {
    if (!run.cwd) return [];
    const latest = (run.startedAtMs ?? Number.POSITIVE_INFINITY) + LAG_MILLISECONDS;
    const inTime = mayBe(run).filter(({ startedAtMs }) => (startedAtMs ?? 0) <= latest);
    const located = inTime.flatMap((one) => (one.cwd ? [{ ...one, ...one.cwd, isWritable: false }] : []));
    const fits = await confirmed(located, run.cwd);
    return fits && ancestry.outermost(fits);
  }

  const found = new Map<AgentRow, Fits | undefined>();
  for (const run of runs) found.set(run, await byFile(run));
  for (const fits of found.values()) if (fits?.length === 1) claimed.add((fits[0] as Match).pid);
  const left = runs.filter((run) => found.get(run)?.length === 0);
  for (const run of left) found.set(run, await byFolder(run));
  const users = Map.groupBy(left, (run) => onlyOf(found.get(run))?.pid);
  for (const pid of users.keys()) if (pid !== undefined) claimed.add(pid);

  const isWithout = (run: AgentRow) => {
    // The files of other programs do not matter. For example, those of ssh-agent can never be read.
    const isUnseen = (one: SweptProcess) => !one.files && (!run.program || hasProgram(run, one));
    const isFileSeen = !run.openFile || (identities.get(run.openFile) && !processes.some(isUnseen));
    const isFolderSeen = !run.cwd || (run.program && mayBe(run).length === 0);
    return isWhole && isFileSeen && isFolderSeen;
  };
  const outcome = (run: AgentRow): Outcome => {
    const fits = found.get(run);
    if (!fits) return "unknown";
    const only = onlyOf(fits);
    if (!only) return fits.length > 1 ? "ambiguous" : isWithout(run) ? "nothing" : "unknown";
    const isShared = (users.get(only.pid) ?? []).length > 1 && left.includes(run);
    return isShared && !run.sharesProcess ? "ambiguous" : only;
  };
  return new Map(runs.map((run) => [run, outcome(run)]));
}

const onlyOf = (fits: Fits | undefined): Match | undefined => (fits?.length === 1 ? fits[0] : undefined);

/** Returns those that meet the condition, or all if none does. */
function preferred<T>(all: readonly T[], holds: (one: T) => boolean): readonly T[] {
  const some = all.filter(holds);
  return some.length > 0 ? some : all;
}

export type Ancestry = ReturnType<typeof ancestryOf>;

/** The descent of the processes in a sweep. */
export function ancestryOf(processes: readonly SweptProcess[]) {
  const parents = new Map(processes.map(({ pid, parentPid }) => [pid, parentPid]));
  function descendsFrom(pid: number, ancestor: number): boolean {
    const passed = new Set<number>();
    for (let at = parents.get(pid); at !== undefined && !passed.has(at); at = parents.get(at)) {
      if (at === ancestor) return true;
      passed.add(at);
    }
    return false;
  }
  return {
    descendsFrom,
    /** Whether they are the same, or one descends from the other. */
    areRelated: (a: number, b: number) => a === b || descendsFrom(a, b) || descendsFrom(b, a),
    /** Removes those that descend from another one, and duplicates. */
    outermost<T extends { readonly pid: number }>(all: readonly T[]): readonly T[] {
      const byPid = [...new Map(all.map((one) => [one.pid, one])).values()];
      return byPid.filter(({ pid }) => !byPid.some((other) => descendsFrom(pid, other.pid)));
    },
  };
}
