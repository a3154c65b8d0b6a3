/**
 * Tells whether a process ran since it was read last, at a tenth of the price of reading it again:
 * `/proc/<pid>/schedstat` has the time on a processor, the time in wait for one, and the turns
 * (Documentation/scheduler/sched-stats). While these stay the same for every thread, no thread was on a
 * processor, and what only a running thread can change is as it was: all but the resident memory, which the
 * kernel may take away. New threads, too, are started by running ones.
 */
import { readdirSync } from "node:fs";
import type { ProcessFiles } from "./process-files.ts";
import { isShortage } from "./shortage.ts";

/** The threads' files, and what stood in them. */
export interface Turns {
  readonly paths: readonly string[];
  readonly texts: readonly string[];
}

/** A kernel that does not keep the figures writes this, and one without the file nothing. */
const UNTOLD = /^(0 0 0\n)?$/;

/** Undefined where the kernel does not tell. */
export function readTurns(files: ProcessFiles, folders: readonly string[]): Turns | undefined {
  const paths = folders.map((folder) => `${folder}/schedstat`);
  const texts = paths.map((path) => textOf(files, path));
  return paths.length === 0 || texts.some((text) => UNTOLD.test(text)) ? undefined : { paths, texts };
}

export function didNotRun(files: ProcessFiles, { paths, texts }: Turns): boolean {
  return paths.every((path, index) => textOf(files, path) === texts[index]);
}

/** The folder of each thread; the process's own where there is one alone. Empty where it is gone. Throws a shortage. */
export function threadFolders(folder: string, threads: number): readonly string[] {
  if (threads <= 1) return [folder];
  try {
    return readdirSync(`${folder}/task`).map((thread) => `${folder}/task/${thread}`);
  } catch (error) {
    if (isShortage(error)) throw error;
    return [];
  }
}

/** Empty for what cannot be read. Throws a shortage. */
export function textOf(files: ProcessFiles, path: string): string {
  try {
    return files.read(path);
  } catch (error) {
    if (isShortage(error)) throw error;
    return "";
  }
}
