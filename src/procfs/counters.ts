/** The counters that stand outside `stat`: context switches of all threads, characters read and written. */
import { readdirSync } from "node:fs";
import type { ProcessFiles } from "./descriptors.ts";

export interface ProcessCounters {
  /** Over all living threads; null where it may not be read. */
  readonly voluntaryContextSwitches: number | null;
  readonly readChars: number | null;
  readonly writeChars: number | null;
}

/** Never throws: what may not be read, or is gone, is null. `folder` is `/proc/<pid>`. */
export function readCounters(files: ProcessFiles, folder: string, threads: number): ProcessCounters {
  return { voluntaryContextSwitches: contextSwitches(files, folder, threads), ...characters(files, folder) };
}

/** `/proc/<pid>/status` counts the main thread alone, so that every thread's own is read where there are more. */
function contextSwitches(files: ProcessFiles, folder: string, threads: number): number | null {
  if (threads <= 1) return switchesOf(files, folder);
  let sum: number | null = null;
  try {
    for (const thread of readdirSync(`${folder}/task`)) {
      const switches = switchesOf(files, `${folder}/task/${thread}`);
      if (switches !== null) sum = (sum ?? 0) + switches;
    }
  } catch {
    return null;
  }
  return sum;
}

/** The line before is `nonvoluntary_…` in no kernel, but its name holds ours: the break of line tells them apart. */
function switchesOf(files: ProcessFiles, folder: string): number | null {
  return numberAfter(textOf(files, `${folder}/status`), "\nvoluntary_ctxt_switches:");
}

/** proc_pid_io(5); readable only to who may trace the process. */
function characters(files: ProcessFiles, folder: string) {
  const io = textOf(files, `${folder}/io`);
  return { readChars: numberAfter(io, "rchar:"), writeChars: numberAfter(io, "wchar:") };
}

function textOf(files: ProcessFiles, path: string): string {
  try {
    return files.read(path);
  } catch {
    return "";
  }
}

function numberAfter(text: string, label: string): number | null {
  const at = text.indexOf(label);
  if (at < 0) return null;
  const end = text.indexOf("\n", at + 1);
  return Number(text.slice(at + label.length, end < 0 ? undefined : end));
}
