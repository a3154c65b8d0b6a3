/** A run's log file by stat(2) alone: it is never opened, and its path never leaves this module. */
import { lstatSync, type Stats } from "node:fs";
import { realpath, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { isLocal, type Mount, readMounts } from "../procfs/mountinfo.ts";
import type { LogFileReading } from "./agents.ts";
import { callsWithTimeout } from "./with-timeout.ts";

/** How long what was learnt of a folder holds; mounts seldom change. */
const FOLDER_MILLISECONDS = 30_000;

/** Size and time of last change; null where the file is missing, is no file, or does not answer in time. */
export type StatLog = (path: string) => LogFileReading | null | Promise<LogFileReading | null>;

interface Folder {
  readonly learntAtMs: number;
  isLocal: boolean;
}

/**
 * Asks the system, at once where the folder lies on a file system of this machine (twenty calls through the
 * thread pool cost more than all else that is read of twenty agents), and aside from the thread that serves
 * where it may hang.
 */
export function logFileReader(mounts: () => readonly Mount[] = readMounts): StatLog {
  const folders = new Map<string, Folder>();
  const patiently = callsWithTimeout();
  const now = () => performance.now();
  const elsewhere = (path: string) => patiently(() => stat(path).then(reading), null);

  function isInLocalFolder(path: string): boolean {
    const name = dirname(path);
    const known = folders.get(name);
    if (known && now() - known.learntAtMs < FOLDER_MILLISECONDS) return known.isLocal;
    // Until the answer is there the folder counts as one that may hang.
    const folder: Folder = { learntAtMs: now(), isLocal: known?.isLocal ?? false };
    folders.set(name, folder);
    patiently<string | null>(() => realpath(name), null).then((real) => {
      folder.isLocal = real !== null && isLocal(real, mounts());
    });
    for (const [old, { learntAtMs }] of folders) {
      if (now() - learntAtMs >= 2 * FOLDER_MILLISECONDS) folders.delete(old);
    }
    return folder.isLocal;
  }

  return (path) => {
    if (!isInLocalFolder(path)) return elsewhere(path);
    try {
      const file = lstatSync(path, { throwIfNoEntry: false });
      return file?.isSymbolicLink() ? elsewhere(path) : reading(file);
    } catch {
      return null;
    }
  };
}

function reading(file: Stats | undefined): LogFileReading | null {
  return file?.isFile() ? { sizeBytes: file.size, modifiedAtMs: Math.round(file.mtimeMs) } : null;
}
