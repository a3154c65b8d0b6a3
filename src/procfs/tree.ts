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

/** For so long, a process that is still listed, and its parent too, counts as the same: pids are reused much later. */
const TRUSTED_MILLISECONDS = 5_000;

/** The parent of each listed process. Undefined if its `stat` cannot be read. */
type Parents = ReadonlyMap<number, number | undefined>;

/** Returns a function for the current tree. Throws on resource exhaustion. */
export function treeReader(root: string): () => ProcessTree {
  let parents: Parents = new Map();
  let wholeAt = Number.NEGATIVE_INFINITY;
  return () => {
    const isTrusted = performance.now() - wholeAt < TRUSTED_MILLISECONDS;
    if (!isTrusted) wholeAt = performance.now();
    parents = readParents(root, isTrusted ? parents : new Map());
    return treeOf(parents);
  };
}

/** Returns every process that the procfs lists. Throws on resource exhaustion. */
export function listPids(root: string): readonly number[] {
  return readdirSync(root)
    .filter((name) => name.charCodeAt(0) <= 57 && name.charCodeAt(0) >= 48)
    .map(Number);
}

/** Reads only new processes, and those whose parent ended. Throws on resource exhaustion. */
function readParents(root: string, known: Parents): Parents {
  const listed = listPids(root);
  const alive = new Set(listed);
  // Undefined if it ended between the listing and the reading, or is hidden.
  const read = (pid: number) => ifReadable(() => parseStat(readText(`${root}/${pid}/stat`)).parentPid);
  return new Map(
    listed.map((pid) => {
      const parent = known.get(pid);
      const isSame = parent !== undefined && (parent === 0 || alive.has(parent));
      return [pid, isSame ? parent : read(pid)];
    }),
  );
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
