/**
 * Reads a run's log file: its size, its time, and how many of its last lines differ. Its path and content never leave
 * this module.
 *
 * If the folder lies on a local file system, it reads synchronously, since twenty calls through the thread pool cost
 * more than everything else that is read of twenty agents. If the file system may hang, it reads asynchronously.
 */
import { closeSync, constants, fstatSync, lstatSync, openSync, readSync, type Stats } from "node:fs";
import { open, realpath, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { isLocal, type Mount, readMounts } from "../procfs/mountinfo.ts";
import type { LogFileReading } from "./agents.ts";
import { type CallWithTimeout, callsWithTimeout } from "./with-timeout.ts";

/** How long what is known about a folder is valid. Mounts rarely change. */
const FOLDER_MILLISECONDS = 30_000;

/** How many bytes at the end of a log are read. */
const TAIL_BYTES = 4096;

/** Otherwise a FIFO in the file's place would wait for a writer, and a terminal would become the controlling one. */
const SAFELY = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY;

/** Null if the file is missing, is not a regular file, or does not respond in time. Never throws or rejects. */
export type ReadLog = (path: string) => LogFileReading | null | Promise<LogFileReading | null>;

interface Folder {
  readonly learntAtMs: number;
  isLocal: boolean;
}

export interface LogFileOptions {
  /** Whether to open files to count their last lines. */
  readonly readContent: boolean;
  /** For calls that may hang in a file system. Shared with other users of such calls. */
  readonly patiently?: CallWithTimeout;
  readonly mounts?: () => readonly Mount[];
}

export function logFileReader({
  readContent,
  patiently = callsWithTimeout(),
  mounts = readMounts,
}: LogFileOptions): ReadLog {
  const folders = new Map<string, Folder>();
  /** Readings of local files by path. A file is read again only after it was written. */
  const known = new Map<string, LogFileReading>();
  const now = () => performance.now();

  const elsewhere = (path: string) =>
    patiently(async () => {
      const reading = readingOf(await stat(path));
      return reading && readContent ? { ...reading, ...(await tailElsewhere(path)) } : reading;
    }, null);

  function isInLocalFolder(path: string): boolean {
    const name = dirname(path);
    const before = folders.get(name);
    if (before && now() - before.learntAtMs < FOLDER_MILLISECONDS) return before.isLocal;
    // Until the result arrives, the folder counts as one that may hang.
    const folder: Folder = { learntAtMs: now(), isLocal: before?.isLocal ?? false };
    folders.set(name, folder);
    patiently<string | null>(() => realpath(name), null).then((real) => {
      folder.isLocal = real !== null && isLocal(real, mounts());
    });
    for (const [old, { learntAtMs }] of folders) {
      if (now() - learntAtMs >= 2 * FOLDER_MILLISECONDS) folders.delete(old);
    }
    return folder.isLocal;
  }

  function withTail(path: string, reading: LogFileReading): LogFileReading {
    const before = known.get(path);
    if (before?.sizeBytes === reading.sizeBytes && before.modifiedAtMs === reading.modifiedAtMs)
      return before;
    const whole = { ...reading, ...tailHere(path) };
    // Clears entries of ended runs together with all others before they become too many.
    if (known.size >= MOST_KNOWN) known.clear();
    known.set(path, whole);
    return whole;
  }

  return (path) => {
    if (!isInLocalFolder(path)) return elsewhere(path);
    try {
      const file = lstatSync(path, { throwIfNoEntry: false });
      if (file?.isSymbolicLink()) return elsewhere(path);
      const reading = readingOf(file);
      return reading && readContent ? withTail(path, reading) : reading;
    } catch {
      return null;
    }
  };
}

const MOST_KNOWN = 10_000;

function readingOf(file: Stats | undefined): LogFileReading | null {
  return file?.isFile() ? { sizeBytes: file.size, modifiedAtMs: Math.round(file.mtimeMs), ...UNREAD } : null;
}

interface Tail {
  readonly recentLines: number | null;
  readonly recentDistinctLines: number | null;
}

const UNREAD: Tail = { recentLines: null, recentDistinctLines: null };

function tailHere(path: string): Tail {
  try {
    const descriptor = openSync(path, SAFELY | constants.O_NOFOLLOW);
    try {
      const file = fstatSync(descriptor);
      if (!file.isFile()) return UNREAD;
      const buffer = Buffer.alloc(TAIL_BYTES);
      const from = Math.max(0, file.size - TAIL_BYTES);
      return countLines(buffer.subarray(0, readSync(descriptor, buffer, 0, TAIL_BYTES, from)), from > 0);
    } finally {
      closeSync(descriptor);
    }
  } catch {
    return UNREAD;
  }
}

async function tailElsewhere(path: string): Promise<Tail> {
  try {
    const file = await open(path, SAFELY);
    try {
      const now = await file.stat();
      if (!now.isFile()) return UNREAD;
      const from = Math.max(0, now.size - TAIL_BYTES);
      const { buffer, bytesRead } = await file.read(Buffer.alloc(TAIL_BYTES), 0, TAIL_BYTES, from);
      return countLines(buffer.subarray(0, bytesRead), from > 0);
    } finally {
      await file.close();
    }
  } catch {
    return UNREAD;
  }
}

/**
 * The parts in which lines with the same meaning differ, in this order: colours, dates and times, durations, "3/10"
 * and "3 of 10", attempt counts, identifiers. Other numbers count: "step 41" differs from "step 40".
 */
const VARIABLE: readonly RegExp[] = [
  // biome-ignore lint/suspicious/noControlCharactersInRegex: ECMA-48, CSI.
  /\x1b\[[0-9;?]*[A-Za-z]/g,
  /\d{4}-\d\d-\d\d|\d{1,2}:\d\d(:\d\d([.,]\d+)?)?|\b\d{10,}(\.\d+)?\b/g,
  /\d+(\.\d+)?\s*(ms|s|secs?|seconds?|m|mins?|minutes?|h|hours?)\b/gi,
  /\d+\s*(\/|of)\s*\d+/gi,
  /(?<=(try|tries|tried|trying|connect\w{0,8}|attempts?|#)\W{0,3})\d+/gi,
  /(?<![a-z0-9])([0-9a-f-]{12,}|(?=[a-z]*\d)(?=\d*[a-z])[a-z0-9]{16,})(?![a-z0-9])/gi,
];

/** Counts lines, without empty ones, an unfinished last one, and the first if `isCut`. */
function countLines(bytes: Uint8Array, isCut: boolean): Tail {
  const lines = Buffer.from(bytes)
    .toString("latin1")
    .split(/[\r\n]/);
  const whole = lines.slice(isCut ? 1 : 0, -1).filter((line) => line.trim() !== "");
  const distinct = new Set(
    whole.map((line) => VARIABLE.reduce((text, part) => text.replace(part, ""), line)),
  );
  return { recentLines: whole.length, recentDistinctLines: distinct.size };
}
