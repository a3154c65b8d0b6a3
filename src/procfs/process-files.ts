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
  /** Empty for what cannot be read. Throws a resource exhaustion. */
  readIfAny(path: string): string;
  /** Keeps the file open without reading it. */
  keep(path: string): void;
  /** Closes what was neither read nor kept since the last call. */
  closeUnused(): void;
  close(): void;
}

interface OpenFile {
  readonly descriptor: number;
  /** The round in which it was used last. */
  round: number;
}

export function openProcessFiles(): ProcessFiles {
  const open = new Map<string, OpenFile>();
  // A set of what was used, made anew for each round, would be most of what survives V8's young generation.
  let round = 0;
  const mostOpen = Math.min(MOST_OPEN, openFilesLimit() / 2);

  function readOnce(path: string): string {
    const descriptor = openSync(path, "r");
    try {
      const text = readOpen(descriptor);
      if (open.size < mostOpen) {
        open.set(path, { descriptor, round });
        return text;
      }
      closeSync(descriptor);
      return text;
    } catch (error) {
      closeSync(descriptor);
      throw error;
    }
  }

  function drop(path: string, { descriptor }: OpenFile): void {
    open.delete(path);
    closeSync(descriptor);
  }

  function read(path: string): string {
    const file = open.get(path);
    if (!file) return readOnce(path);
    file.round = round;
    try {
      const text = readOpen(file.descriptor);
      if (text !== "") return text;
    } catch {
      // Its process is gone; the pid may have been given to another, which the path now names.
    }
    drop(path, file);
    return readOnce(path);
  }

  return {
    read,
    readIfAny: (path) => orEmpty(() => read(path)),
    keep(path) {
      const file = open.get(path);
      if (file) file.round = round;
    },
    closeUnused() {
      for (const [path, file] of open) if (file.round !== round) drop(path, file);
      round += 1;
    },
    close() {
      for (const [path, file] of open) drop(path, file);
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

/**
 * Files of procfs show no size, and so `readFileSync` takes 64 KiB for each, which stay taken until the next collection of
 * garbage: some megabytes for every sweep over the process table.
 */
const BYTES = 16 * 1024;
const buffer = Buffer.allocUnsafeSlow(BYTES);

/**
 * The whole file; empty for a process that has ended. The kernel gives all of such a file that the buffer takes, so that
 * only a full buffer leaves something: 16 KiB are exceeded by the `status` of a process in two thousand groups, for one.
 * Throws the system's error.
 */
function readOpen(descriptor: number): string {
  let text = "";
  for (;;) {
    const bytes = readSync(descriptor, buffer, 0, BYTES, text.length);
    const piece = buffer.toString("latin1", 0, bytes);
    if (bytes < BYTES) return text === "" ? piece : text + piece;
    text += piece;
  }
}

/** Throws the system's error: ENOENT or ESRCH for a process that is gone, EACCES, EPERM. */
export function readText(path: string): string {
  const descriptor = openSync(path, "r");
  try {
    return readOpen(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** Empty for what cannot be read. Throws a resource exhaustion. */
export function readTextIfAny(path: string): string {
  return orEmpty(() => readText(path));
}

function orEmpty(read: () => string): string {
  try {
    return read();
  } catch (error) {
    if (isResourceExhaustion(error)) throw error;
    return "";
  }
}

/** The codes of errors that concern this process, not the one that is read: errno(3). */
const EXHAUSTION_CODES = ["EMFILE", "ENFILE", "ENOMEM"];

/** Whether it failed for lack of descriptors or memory: what was to be read is then unknown, not gone. */
export function isResourceExhaustion(error: unknown): boolean {
  return EXHAUSTION_CODES.includes(String((error as NodeJS.ErrnoException).code));
}

/** A count on the line that begins with `label`. */
export function numberAfter(text: string, label: string): number | null {
  const at = text.indexOf(label);
  if (at < 0) return null;
  const end = text.indexOf("\n", at + 1);
  return countOrNull(text.slice(at + label.length, end < 0 ? undefined : end));
}

export function countOrNull(text: string): number | null {
  const value = Number(text);
  return Number.isInteger(value) && value >= 0 && text.trim() !== "" ? value : null;
}
