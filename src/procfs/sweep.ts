/**
 * Examines every process of a user: its program, its folder, and its open files. It reads only procfs itself and
 * follows none of its links, so that no file system can make it hang.
 */
import { lstatSync, readdirSync, readlinkSync } from "node:fs";
import { basename } from "node:path";
import { setImmediate } from "node:timers/promises";
import { hidesNothing } from "./presence.ts";
import type { HeldFile, Sweep, SweepOptions, SweptProcess } from "./process.ts";
import { readText } from "./process-files.ts";
import { readProgram } from "./program.ts";
import { parseStat } from "./stat.ts";
import { listPids } from "./tree.ts";

/** After this number, a few milliseconds, other work has its turn. */
const LOOKS_AT_A_TIME = 1_000;

/** `startedAt` converts ticks since boot to a time. */
export async function sweepProcesses(
  root: string,
  startedAt: (startTicks: number) => number | undefined,
  { uid, wantsFile, mostLooks }: SweepOptions,
): Promise<Sweep> {
  const processes: SweptProcess[] = [];
  let isWhole = hidesNothing(root);
  let looks = 0;
  let pausedAt = 0;

  function filesOf(folder: string): readonly HeldFile[] | null {
    if (!wantsFile) return [];
    return unlessRefused(() => {
      const numbers = readdirSync(`${folder}/fd`);
      looks += numbers.length;
      return numbers.slice(0, mostLooks).flatMap((number) => heldFile(`${folder}/fd/${number}`, wantsFile));
    });
  }

  /** Throws the system's error. */
  function process(pid: number): SweptProcess | undefined {
    const folder = `${root}/${pid}`;
    const { state, isKernelThread, parentPid, startTicks } = parseStat(readText(`${folder}/stat`));
    if (isKernelThread || /[ZXx]/.test(state)) return undefined;
    // Root owns the folder of a process that is not dumpable, so the owner comes from `status`.
    const owner = Number(/^Uid:\s+\d+\s+(\d+)/m.exec(readText(`${folder}/status`))?.[1]);
    if (uid !== null && owner !== uid) return undefined;
    const link = `${folder}/cwd`;
    return {
      pid,
      parentPid,
      startTicks,
      startedAtMs: startedAt(startTicks),
      uid: owner,
      program: readProgram(folder),
      cwd: unlessRefused(() => ({ link, target: readlinkSync(link) })),
      files: filesOf(folder),
    };
  }

  for (const pid of listPids(root)) {
    looks += 1;
    if (looks > mostLooks) break;
    if (looks - pausedAt > LOOKS_AT_A_TIME) {
      pausedAt = looks;
      await setImmediate();
    }
    try {
      const found = process(pid);
      if (found) processes.push(found);
    } catch (error) {
      if (!hasEnded(error)) isWhole = false;
    }
  }
  return { processes, isWhole: isWhole && looks <= mostLooks };
}

function heldFile(link: string, wantsFile: (name: string) => boolean): readonly HeldFile[] {
  try {
    const target = readlinkSync(link);
    if (!target.startsWith("/") || !wantsFile(basename(target))) return [];
    // The mode of the link itself shows the mode of the descriptor.
    return [{ link, target, isWritable: (lstatSync(link).mode & 0o200) !== 0 }];
  } catch (error) {
    // The descriptor was closed meanwhile.
    if (hasEnded(error)) return [];
    throw error;
  }
}

/** Null if the system denies access. Throws if the process has ended. */
function unlessRefused<T>(read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    if (hasEnded(error)) throw error;
    return null;
  }
}

function hasEnded(error: unknown): boolean {
  return ["ENOENT", "ESRCH"].includes(String((error as NodeJS.ErrnoException).code));
}
