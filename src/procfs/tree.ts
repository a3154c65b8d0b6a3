/**
 * Who is whose child, from one sweep of the process table: `/proc/<pid>/stat` names the parent.
 * (`/proc/<pid>/task/<tid>/children` is reliable only for stopped processes: proc_tid_children(5).)
 */
import { readdirSync } from "node:fs";
import { readText } from "./read-text.ts";
import { isShortage } from "./shortage.ts";
import { parseStat } from "./stat.ts";

export interface ProcessTree {
  /** All living descendants, itself left out. Empty for a pid without children. */
  descendantsOf(pid: number): readonly number[];
}

/** A sweep is repeated after so long even where nothing shows that a process was started. */
const TRUSTED_MILLISECONDS = 5_000;

/**
 * A function that gives the tree as it is now. `lastPid` tells the newest pid of the procfs's namespace, or
 * undefined where it cannot be known: while it stays the same no process was started, so that the last sweep
 * can only have lost some.
 */
export function processTree(root: string, lastPid: () => string | undefined) {
  let swept:
    | { readonly tree: ProcessTree; readonly lastPid: string | undefined; readonly at: number }
    | undefined;
  return {
    /** Throws a shortage. */
    current(): ProcessTree {
      const newest = lastPid();
      const fresh =
        swept &&
        newest !== undefined &&
        swept.lastPid === newest &&
        performance.now() - swept.at < TRUSTED_MILLISECONDS;
      if (!swept || !fresh) swept = { tree: sweep(root), lastPid: newest, at: performance.now() };
      return swept.tree;
    },
    /** A process of the last sweep ended: its children have another parent now. */
    forget(): void {
      swept = undefined;
    },
  };
}

function sweep(root: string): ProcessTree {
  const children = new Map<number, number[]>();
  for (const name of readdirSync(root)) {
    if (name.charCodeAt(0) > 57 || name.charCodeAt(0) < 48) continue;
    try {
      const { parentPid } = parseStat(readText(`${root}/${name}/stat`));
      const siblings = children.get(parentPid);
      if (siblings) siblings.push(Number(name));
      else children.set(parentPid, [Number(name)]);
    } catch (error) {
      if (isShortage(error)) throw error;
      // It ended between the listing and the reading, or is hidden from us.
    }
  }
  return {
    descendantsOf(pid) {
      const found = [...(children.get(pid) ?? [])];
      for (let at = 0; at < found.length; at += 1) found.push(...(children.get(found[at] as number) ?? []));
      return found;
    },
  };
}
