/**
 * The watchdog's memory on disk. It never throws: while the file cannot be written, everything is held in memory, it
 * says so, and tries again.
 */
import type { Fleet } from "../api.ts";
import { type Change, createDocuments, type DocumentStore } from "./documents.ts";
import { type HistoryFile, type Level, openHistoryFile, type StoredTarget } from "./file.ts";
import { decodePoint, encodePoint, mergePoints, type Point } from "./point.ts";
import { readPoints } from "./read-points.ts";
import { evict, type Limits, removeOld } from "./retention.ts";
import { rollUp } from "./rollup.ts";

export interface HistoryOptions extends Limits {
  /** Null: nothing is kept over a restart. */
  readonly path: string | null;
  readonly now: () => number;
}

export interface History {
  readonly documents: DocumentStore;
  /** How many were damaged and left out. */
  readonly damagedDocuments: number;
  readonly recording: Fleet["recording"];
  /** What keeps it from recording, which it should; absent: nothing. */
  readonly fault?: string | undefined;
  add(target: string, point: Point): void;
  /** The oldest first; milliseconds. Without a level at the one that suits the stretch. */
  points(target: string, from: number, to: number, level?: Level): readonly Point[];
  /** Writes what is waiting. False: it could not. */
  flush(): boolean;
  /** A share of the merging and removing, to be called often. */
  maintain(): void;
  close(): void;
}

interface Waiting {
  readonly target: string;
  readonly point: Point;
}

/** A disk that is full for long must not fill the memory. */
const MOST_WAITING = 50_000;
/** Of 1,000 targets each has its turn before it is due again. */
const TARGETS_A_TURN = 25;

/** Throws where the file is there and is not ours, or in use; one that cannot be read or made is tried again later. */
export function openHistory(options: HistoryOptions): History {
  const { path, maxBytes, now } = options;
  let waiting: Waiting[] = [];
  let targets = new Map<string, StoredTarget>();
  let fault: { readonly since: number; readonly message: string } | undefined;
  let turn = 0;
  let file: HistoryFile | undefined;
  let stored: readonly Change[] = [];
  let damagedDocuments = 0;
  try {
    file = open();
    const found = file.documents();
    stored = found.intact;
    damagedDocuments = found.damaged;
  } catch (error) {
    if (!isDiskFault(error)) throw error;
    failed(error);
  }
  const documents = createDocuments(stored);

  function open(): HistoryFile {
    const opened = openHistoryFile(path, maxBytes);
    targets = new Map(opened.targets().map((target) => [target.name, target]));
    return opened;
  }

  function failed(error: unknown): void {
    fault ??= { since: now(), message: "" };
    fault = { since: fault.since, message: wordsOf(error) };
  }

  function attempt(work: (opened: HistoryFile) => void): boolean {
    try {
      file ??= open();
      const opened = file;
      opened.transaction(() => work(opened));
      fault = undefined;
      return true;
    } catch (error) {
      failed(error);
      return false;
    }
  }

  function idOf(opened: HistoryFile, name: string): StoredTarget {
    const known = targets.get(name);
    if (known) return known;
    const begin = Math.floor(now() / 3_600_000) * 3_600_000;
    const added = { id: opened.addTarget(name), name, minutes_until: begin, hours_until: begin };
    opened.setRolled(added.id, begin, begin);
    return added;
  }

  function flush(): boolean {
    const changes = documents.changes;
    if (changes.length === 0 && waiting.length === 0 && !fault) return true;
    const added: StoredTarget[] = [];
    const done = attempt((opened) => {
      for (const change of changes) opened.write(change);
      for (const { target, point } of waiting) {
        const found = added.find(({ name }) => name === target) ?? idOf(opened, target);
        if (!targets.has(target)) added.push(found);
        const { at } = point;
        // Times are kept to a tenth of a second: one that follows another within it becomes one point with it.
        const before = opened
          .select(0, found.id, at, at + 100)
          .flatMap((row) => decodePoint(row.at, row.data) ?? []);
        const whole = before.length === 0 ? point : mergePoints([...before, point], at);
        opened.insert(0, found.id, at, encodePoint(whole));
      }
    });
    if (done) {
      for (const target of added) targets.set(target.name, target);
      documents.written(changes);
      waiting = [];
    }
    return done;
  }

  return {
    documents,
    damagedDocuments,
    get recording() {
      if (fault) {
        const since = new Date(fault.since).toISOString();
        return { on: false, note: `nothing is recorded since ${since}: ${fault.message}` };
      }
      if (path === null) return { on: false, note: "it was started without a history file" };
      return { on: true, bytes: file?.fileBytes() ?? 0 };
    },
    get fault() {
      return fault?.message;
    },
    add(target, point) {
      waiting.push({ target, point });
      if (waiting.length > MOST_WAITING) waiting = waiting.slice(-MOST_WAITING / 2);
    },
    points(target, from, to, level) {
      const fresh = waiting.filter((each) => each.target === target).map(({ point }) => point);
      const known = targets.get(target);
      try {
        if (known && file) return readPoints({ file, target: known, waiting: fresh }, from, to, level);
      } catch (error) {
        failed(error);
      }
      return fresh.filter(({ at }) => at >= from && at < to);
    },
    flush,
    maintain() {
      const all = [...targets.values()];
      if (all.length === 0 || fault) return;
      const batch = all.slice(turn, turn + TARGETS_A_TURN);
      turn = turn + TARGETS_A_TURN >= all.length ? 0 : turn + TARGETS_A_TURN;
      const rolled: StoredTarget[] = [];
      const done = attempt((opened) => {
        for (const target of batch) {
          const after = rollUp(opened, target, now());
          if (!after) continue;
          rolled.push(after);
          removeOld(opened, after, options, now());
        }
      });
      if (done) for (const target of rolled) targets.set(target.name, target);
      attempt((opened) => void evict(opened, all, options, now()));
    },
    close() {
      flush();
      file?.close();
    },
  };
}

const DISK_FAULT =
  /^SQLITE_(FULL|IOERR|CANTOPEN|READONLY|PERM|CORRUPT|NOTADB)|^(ENOSPC|EROFS|EACCES|EPERM|EIO|EDQUOT)$/;

function isDiskFault(error: unknown): boolean {
  return DISK_FAULT.test(String((error as { code?: unknown }).code));
}

const REASONS: Readonly<Record<string, string>> = {
  SQLITE_FULL: "the disk is full, or the file has reached its size",
  SQLITE_READONLY: "this user may not write the file",
  SQLITE_CANTOPEN: "the file cannot be opened",
  EACCES: "this user may not write the file or its folder",
  ENOSPC: "the disk is full",
  EROFS: "its file system is read-only",
};

function wordsOf(error: unknown): string {
  const { code } = error as { code?: unknown };
  if (code === "SQLITE_NOTADB" || code === "SQLITE_CORRUPT")
    return "the file is damaged: move it away while the watchdog does not run, and it begins another";
  return REASONS[String(code)] ?? `an unexpected error${code === undefined ? "" : ` (${code})`}`;
}
