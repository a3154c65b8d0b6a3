/** Every process that can be seen, for what no pid is recorded of. Nothing of it leaves but pids, names of programs and times. */
import { readdirSync, readlinkSync, type Stats, statSync } from "node:fs";
import { basename } from "node:path";
import { readText } from "./process-files.ts";
import { readProgram } from "./program.ts";
import { parseStat } from "./stat.ts";

export interface ListedProcess {
  readonly pid: number;
  readonly parentPid: number;
  readonly startTicks: number;
  /** Of its folder: the user that it runs as. */
  readonly uid: number;
  readonly program: string;
}

/** `codex.js` is `codex`. */
const SCRIPT = /\.(c|m)?[jt]s$|\.py$/;

/** Of one process more descriptors are not looked at. */
const MOST_DESCRIPTORS = 1_000;

/** Kernel threads and zombies have no program, and are left out. Throws a resource exhaustion. */
export function listProcesses(root: string): readonly ListedProcess[] {
  return readdirSync(root)
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name): ListedProcess[] => {
      const folder = `${root}/${name}`;
      try {
        const { isKernelThread, parentPid, startTicks, state } = parseStat(readText(`${folder}/stat`));
        if (isKernelThread || state === "Z") return [];
        const { uid } = statSync(folder);
        const program = readProgram(folder).replace(SCRIPT, "");
        return [{ pid: Number(name), parentPid, startTicks, uid, program }];
      } catch {
        // It ended meanwhile, or is hidden.
        return [];
      }
    });
}

/** When a process that may be another one by now started; undefined if there is none. */
export function startTicksOf(root: string, pid: number): number | undefined {
  try {
    return parseStat(readText(`${root}/${pid}/stat`)).startTicks;
  } catch {
    return undefined;
  }
}

/** The path of the working directory, as the process sees it; undefined if it may not be read. */
export function workingDirectory(root: string, pid: number): string | undefined {
  return linkOf(`${root}/${pid}/cwd`);
}

export function isWorkingIn(root: string, pid: number, folder: Stats, name: string): boolean {
  return leadsTo(`${root}/${pid}/cwd`, folder, name);
}

/** Whether it has the file open. Undefined: its descriptors may not be read. */
export function hasOpen(root: string, pid: number, file: Stats, name: string): boolean | undefined {
  return descriptorsOf(root, pid)?.some((descriptor) => leadsTo(descriptor, file, name));
}

/** The first open file whose name fits. */
export function openFileNamed(root: string, pid: number, name: RegExp): string | undefined {
  const paths = descriptorsOf(root, pid)?.map(linkOf);
  return paths?.find((path) => path?.startsWith("/") && name.test(path));
}

function descriptorsOf(root: string, pid: number): readonly string[] | undefined {
  const folder = `${root}/${pid}/fd`;
  try {
    return readdirSync(folder)
      .slice(0, MOST_DESCRIPTORS)
      .map((name) => `${folder}/${name}`);
  } catch {
    return undefined;
  }
}

/**
 * Reading a link never waits for a file system, and following it may: only one whose name is right is followed. The path itself
 * may be another in the process's own mounts.
 */
function leadsTo(link: string, { dev, ino }: Stats, name: string): boolean {
  const path = linkOf(link);
  if (path === undefined || basename(path) !== name) return false;
  try {
    const found = statSync(link);
    return found.dev === dev && found.ino === ino;
  } catch {
    return false;
  }
}

function linkOf(link: string): string | undefined {
  try {
    return readlinkSync(link);
  } catch {
    return undefined;
  }
}

/** Those of which no ancestor is among them. */
export function outermostOf(
  some: readonly ListedProcess[],
  all: readonly ListedProcess[],
): readonly ListedProcess[] {
  const parents = new Map(all.map(({ pid, parentPid }) => [pid, parentPid]));
  const pids = new Set(some.map(({ pid }) => pid));
  return some.filter(({ parentPid }) => {
    const seen = new Set<number>();
    for (
      let pid: number | undefined = parentPid;
      pid !== undefined && !seen.has(pid);
      pid = parents.get(pid)
    ) {
      if (pids.has(pid)) return false;
      seen.add(pid);
    }
    return true;
  });
}
