/**
 * Finds the processes of runs of which no pid is recorded: by a file that they hold open, or by their working directory and
 * program. Where several fit it says so; it never guesses. docs/adr/0027.
 */
import type { Stats } from "node:fs";
import { realpath, stat } from "node:fs/promises";
import { basename } from "node:path";
import {
  hasOpen,
  isWorkingIn,
  type ListedProcess,
  listProcesses,
  outermostOf,
  startTicksOf,
} from "../procfs/process-list.ts";
import { callsWithTimeout } from "./with-timeout.ts";

/** A run without a pid. */
export interface Wanted {
  readonly runId: string;
  readonly openFile: string | null;
  readonly cwd: string | null;
}

/** A pid, or the presence of a run whose process was not found. */
export type Found = { readonly pid: number } | { readonly presence: "ambiguous" | "gone" | "unknown" };

export interface SearchOptions {
  readonly root: string;
  /** The programs that a working directory may belong to. */
  readonly programs: () => readonly string[];
  /** How long no other sweep over all processes begins. */
  readonly sweepSeconds?: number;
  readonly now?: () => number;
}

const SWEEP_SECONDS = 30;

interface Match {
  readonly pid: number;
  readonly startTicks: number;
}

const UNKNOWN: Found = { presence: "unknown" };
const AMBIGUOUS: Found = { presence: "ambiguous" };

export function processSearch({
  root,
  programs,
  sweepSeconds = SWEEP_SECONDS,
  now = () => performance.now(),
}: SearchOptions) {
  const patiently = callsWithTimeout();
  const user = process.geteuid?.();
  const matches = new Map<string, Match>();
  /** Of the last sweep, for runs that it did not find. */
  let unmatched = new Map<string, Found>();
  let sweptAt = Number.NEGATIVE_INFINITY;

  function isStillThere({ pid, startTicks }: Match): boolean {
    return startTicksOf(root, pid) === startTicks;
  }

  async function sweep(wanted: readonly Wanted[]): Promise<void> {
    sweptAt = now();
    const places = new Map<string, Place | undefined>();
    for (const path of new Set(wanted.flatMap(({ openFile, cwd }) => [openFile ?? [], cwd ?? []].flat())))
      places.set(path, await patiently<Place | undefined>(() => placeOf(path), undefined));
    unmatched = new Map();
    const processes = listProcesses(root);
    for (const run of wanted) {
      const found = search(run, places, processes);
      if ("startTicks" in found) matches.set(run.runId, found);
      else unmatched.set(run.runId, found);
    }
  }

  function search(
    { openFile, cwd }: Wanted,
    places: ReadonlyMap<string, Place | undefined>,
    processes: readonly ListedProcess[],
  ): Match | Found {
    const [file, folder] = [openFile, cwd].map((path) => (path === null ? undefined : places.get(path)));
    if (file) {
      const holding = processes.filter(({ pid }) => hasOpen(root, pid, file.stats, file.name));
      const found = outermost(holding, processes);
      if (found) return found;
    }
    if (folder) {
      const working = processes.filter(
        ({ pid, program }) =>
          programs().includes(program) && isWorkingIn(root, pid, folder.stats, folder.name),
      );
      const found = outermost(working, processes);
      if (found) return found;
    }
    const uid = (file ?? folder)?.stats.uid;
    // Who the run belongs to is known by what it left; another user's descriptors are hidden from us.
    const canSee = uid !== undefined && (user === 0 || user === uid);
    return canSee ? { presence: "gone" } : UNKNOWN;
  }

  return {
    /** In the order of the runs. Two runs never get the same process by their directory. Never rejects. */
    async find(wanted: readonly Wanted[]): Promise<readonly Found[]> {
      const ids = new Set(wanted.map(({ runId }) => runId));
      for (const [runId, match] of matches) {
        if (!ids.has(runId)) matches.delete(runId);
        else if (!isStillThere(match)) {
          matches.delete(runId);
          unmatched.set(runId, { presence: "gone" });
        }
      }
      const open = wanted.filter(({ runId }) => !matches.has(runId));
      if (open.length > 0 && now() - sweptAt >= sweepSeconds * 1000) await sweep(open);
      const users = Map.groupBy(matches.values(), ({ pid }) => pid);
      return wanted.map(({ runId, openFile }) => {
        const match = matches.get(runId);
        if (!match) return unmatched.get(runId) ?? UNKNOWN;
        const isShared = (users.get(match.pid)?.length ?? 0) > 1;
        return isShared && openFile === null ? AMBIGUOUS : { pid: match.pid };
      });
    },
  };
}

/** The process that all the others descend from; several that do not are ambiguous. Undefined: there is none. */
function outermost(
  fitting: readonly ListedProcess[],
  all: readonly ListedProcess[],
): Match | Found | undefined {
  if (fitting.length === 0) return undefined;
  const roots = outermostOf(fitting, all);
  const [only] = roots;
  return only && roots.length === 1 ? { pid: only.pid, startTicks: only.startTicks } : AMBIGUOUS;
}

/** A file or a folder that a run names, with links resolved. */
interface Place {
  readonly stats: Stats;
  readonly name: string;
}

/** Undefined for what is not there. */
async function placeOf(path: string): Promise<Place> {
  const real = await realpath(path);
  return { stats: await stat(real), name: basename(real) };
}
