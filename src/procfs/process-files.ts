/**
 * Files of processes, kept open between readings. Rereading an open procfs file costs a third of opening it. An open
 * `/proc/<pid>/…` also stays bound to its process: once that has ended, reading fails with ESRCH, even if the pid is reused.
 */
import { closeSync, openSync, readFileSync, readSync } from "node:fs";

/** Enough for 1,000 agents with three children each. Further files are opened for each reading. */
const MOST_OPEN = 12_000;

export interface ProcessFiles {
  /** Returns the file's text. Throws the system's error: ENOENT or ESRCH if the process is gone, EACCES, EPERM. */
  read(path: string): string;
  /** Returns an empty text if the file cannot be read. Throws on resource exhaustion. */
  readIfAny(path: string): string;
  /** Closes files that were not read since the last call. */
  closeUnused(): void;
  close(): void;
}

interface OpenFile {
  readonly descriptor: number;
  /** The round in which it was last used. */
  round: number;
}

export function openProcessFiles(): ProcessFiles {
  const open = new Map<string, OpenFile>();
  // A new set of used files for each round would be most of what survives V8's young generation.
  let round = 0;
  const mostOpen = Math.min(MOST_OPEN, openFilesLimit() / 2);

  function readOnce(path: string): string {
    const descriptor = openSync(path, "r");
    try {
      const text = readOpen(descriptor);
      if (open.size < mostOpen) open.set(path, { descriptor, round });
      return text;
    } finally {
      if (open.get(path)?.descriptor !== descriptor) closeSync(descriptor);
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
      // Its process is gone. The pid may be reused, and the path then belongs to the new process.
    }
    drop(path, file);
    return readOnce(path);
  }

  return {
    read,
    readIfAny: (path) => ifReadable(() => read(path)) ?? "",
    closeUnused() {
      for (const [path, file] of open) if (file.round !== round) drop(path, file);
      round += 1;
    },
    close() {
      for (const [path, file] of open) drop(path, file);
    },
  };
}

/** Returns the soft limit, which Node has raised to the hard limit: proc_pid_limits(5). */
function openFilesLimit(): number {
  return Number(/^Max open files\s+(\d+)/m.exec(tryRead("/proc/self/limits"))?.[1] ?? 1024);
}

/** Returns an empty text if the file cannot be read, for whatever reason. */
export function tryRead(path: string): string {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return "";
  }
}

/**
 * procfs files report no size, so `readFileSync` would allocate 64 KiB for each until the next garbage collection:
 * several megabytes for every sweep of the process table.
 */
const BYTES = 16 * 1024;
const buffer = Buffer.allocUnsafeSlow(BYTES);

/**
 * Reads the whole file. Empty if the process has ended. The kernel fills the buffer as far as possible, so more can
 * follow only after a full buffer. For example, the `status` of a process with two thousand groups exceeds 16 KiB.
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

/** Throws the system's error: ENOENT or ESRCH if the process is gone, EACCES, EPERM. */
export function readText(path: string): string {
  const descriptor = openSync(path, "r");
  try {
    return readOpen(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** Returns an empty text if the file cannot be read. Throws on resource exhaustion. */
export function readTextIfAny(path: string): string {
  return ifReadable(() => readText(path)) ?? "";
}

/** Undefined if reading fails. Throws on resource exhaustion. */
export function ifReadable<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (isResourceExhaustion(error)) throw error;
    return undefined;
  }
}

/** Error codes that concern this process, not the one being read: errno(3). */
const EXHAUSTION_CODES = ["EMFILE", "ENFILE", "ENOMEM"];

/** Whether descriptors or memory ran out. The process being read is then unknown, not gone. */
export function isResourceExhaustion(error: unknown): boolean {
  return EXHAUSTION_CODES.includes(String((error as NodeJS.ErrnoException).code));
}

/** Returns the count on the line `name: count`. */
export function countOf(text: string, name: string): number | undefined {
  return countIn(new RegExp(`^${name}:(.*)$`, "m").exec(text)?.[1] ?? "");
}

/** Undefined if the text is not a count. */
export function countIn(text: string): number | undefined {
  const value = Number(text);
  return Number.isInteger(value) && value >= 0 && text.trim() !== "" ? value : undefined;
}
