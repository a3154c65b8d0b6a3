/**
 * Parents and children, from one sweep of the process table: `/proc/<pid>/stat` names the parent.
 * (`/proc/<pid>/task/<tid>/children` is reliable only for stopped processes: proc_tid_children(5).)
 */
import { readdirSync } from "node:fs";
import { ifReadable, readText } from "./process-files.ts";
import { parseStat } from "./stat.ts";

export interface ProcessTree {
  /** Whether the pid is a process. A thread has an ID of the same kind, and files in the same places, but is not listed. */
  has(pid: number): boolean;
  /** Returns all living descendants, without itself. Empty if there are no children. */
  descendantsOf(pid: number): readonly number[];
}

/** After this time the whole sweep is repeated, even if the newest pid has not changed. */
const TRUSTED_MILLISECONDS = 5_000;

/** The parent of each listed process. Undefined if its `stat` cannot be read. */
type Parents = ReadonlyMap<number, number | undefined>;

interface Swept {
  readonly parents: Parents;
  readonly tree: ProcessTree;
  readonly newestPid: number;
  /** When all processes were read. */
  readonly wholeAt: number;
}

/**
 * Returns a function for the current tree. `newestPid` returns the newest pid of the procfs's namespace, or undefined
 * if it is unknown. Pids are assigned in increasing order. So while the newest one only grows, a process that is
 * still listed is the same one, and only new ones and those whose parent ended are read.
 */
export function processTree(root: string, newestPid: () => number | undefined) {
  let swept: Swept | undefined;

  function sweep(newest: number | undefined): Swept {
    const now = performance.now();
    const before = isUsable(swept, newest, now) ? swept : undefined;
    if (before && newest === before.newestPid) return before;
    const parents = readParents(root, before?.parents);
    return {
      parents,
      tree: treeOf(parents),
      newestPid: newest ?? 0,
      wholeAt: before?.wholeAt ?? now,
    };
  }

  return {
    /** Throws on resource exhaustion. */
    current(): ProcessTree {
      swept = sweep(newestPid());
      return swept.tree;
    },
    /** Call it if a process of the last sweep has ended: its children have another parent now. */
    forget(): void {
      swept = undefined;
    },
  };
}

function isUsable(swept: Swept | undefined, newest: number | undefined, now: number): boolean {
  return (
    swept !== undefined &&
    newest !== undefined &&
    newest >= swept.newestPid &&
    now - swept.wholeAt < TRUSTED_MILLISECONDS
  );
}

/** Returns every process that the procfs lists. Throws on resource exhaustion. */
export function listPids(root: string): readonly number[] {
  return readdirSync(root)
    .filter((name) => name.charCodeAt(0) <= 57 && name.charCodeAt(0) >= 48)
    .map(Number);
}

/** Throws on resource exhaustion. */
function readParents(root: string, known: Parents = new Map()): Parents {
  const listed = listPids(root);
  const alive = new Set(listed);
  const parents = new Map<number, number | undefined>();
  for (const pid of listed) {
    const parent = known.get(pid);
    if (parent !== undefined && (parent === 0 || alive.has(parent))) {
      parents.set(pid, parent);
      continue;
    }
    // Undefined if it ended between the listing and the reading, or is hidden.
    const parentPid = ifReadable(() => parseStat(readText(`${root}/${pid}/stat`)).parentPid);
    parents.set(pid, parentPid);
  }
  return parents;
}

function treeOf(parents: Parents): ProcessTree {
  const children = Map.groupBy(parents.keys(), (pid) => parents.get(pid));
  return {
    has: (pid) => parents.has(pid),
    descendantsOf(pid) {
      const found = [...(children.get(pid) ?? [])];
      for (let at = 0; at < found.length; at += 1) found.push(...(children.get(found[at] as number) ?? []));
      return found;
    },
  };
}
