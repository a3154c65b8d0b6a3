/**
 * Files of one process, kept open from one reading to the next: reading an open file of procfs again costs a
 * third of opening it. An open `/proc/<pid>/…` also belongs to that very process: once it ended, reading
 * gives ESRCH, even when its pid was given to another.
 */
import { closeSync, openSync, readFileSync, readSync } from "node:fs";

/** Enough for 1,000 agents with three children each. Files beyond it are opened for each reading. */
const MOST_OPEN = 12_000;

export interface ProcessFiles {
  /** The file's text. Throws the system's error: ENOENT or ESRCH for a process that is gone, EACCES, EPERM. */
  read(path: string): string;
  /** Keeps the file open without reading it. */
  keep(path: string): void;
  /** Closes what was neither read nor kept since the last call. */
  closeUnused(): void;
  close(): void;
}

export function openProcessFiles(): ProcessFiles {
  const open = new Map<string, number>();
  const used = new Set<string>();
  const mostOpen = Math.min(MOST_OPEN, openFilesLimit() / 2);
  const buffer = Buffer.allocUnsafe(16 * 1024);

  function readOnce(path: string): string {
    const descriptor = openSync(path, "r");
    try {
      const text = buffer.toString("latin1", 0, readSync(descriptor, buffer, 0, buffer.length, 0));
      if (open.size < mostOpen) {
        open.set(path, descriptor);
        return text;
      }
      closeSync(descriptor);
      return text;
    } catch (error) {
      closeSync(descriptor);
      throw error;
    }
  }

  function drop(path: string, descriptor: number): void {
    open.delete(path);
    closeSync(descriptor);
  }

  return {
    read(path) {
      used.add(path);
      const descriptor = open.get(path);
      if (descriptor === undefined) return readOnce(path);
      try {
        const length = readSync(descriptor, buffer, 0, buffer.length, 0);
        if (length > 0) return buffer.toString("latin1", 0, length);
      } catch {
        // Its process is gone; the pid may have been given to another, which the path now names.
      }
      drop(path, descriptor);
      return readOnce(path);
    },
    keep: (path) => void used.add(path),
    closeUnused() {
      for (const [path, descriptor] of open) if (!used.has(path)) drop(path, descriptor);
      used.clear();
    },
    close() {
      for (const [path, descriptor] of open) drop(path, descriptor);
    },
  };
}

/** The soft limit, which Node has raised to the hard one: proc_pid_limits(5). */
function openFilesLimit(): number {
  try {
    return Number(/^Max open files\s+(\d+)/m.exec(readFileSync("/proc/self/limits", "latin1"))?.[1] ?? 1024);
  } catch {
    return 1024;
  }
}
