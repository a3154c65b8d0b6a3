/**
 * The stored history. It never throws: while the file cannot be written, it keeps everything in memory, reports the failure,
 * and retries.
 */
import { statSync } from "node:fs";
import type { Fleet } from "../api.ts";
import { createDocuments } from "./documents.ts";
import { type HistoryFile, type Level, openHistoryFile } from "./file.ts";
import { bucket, HOUR, type Point, toRow } from "./point.ts";
import { evict, type Limits, rollUp, startOfHour } from "./retention.ts";
import type { RunsFound, RunsQuery, SeenRun } from "./runs-table.ts";

export interface HistoryOptions extends Limits {
  /** Null: nothing survives a restart. */
  readonly path: string | null;
  /** Called with the new name of a file of another version. */
  readonly movedAside: (path: string) => void;
  readonly now: () => number;
}

export type History = ReturnType<typeof openHistory>;

/** Limits the memory while the disk is full. */
const MOST_WAITING = 50_000;
/** A thousand targets are merged within two minutes after the hour. */
const TARGETS_A_TURN = 10;
/** More points than a screen has columns. */
const MOST_POINTS = 1500;
const MINUTE = 60_000;
const MOVED_ASIDE =
  "the history file of another version was renamed, and a new one created: earlier points, runs, alerts, silences and spending are not shown";
const NO_RUNS: RunsFound = { rows: [], total: {}, isCut: false };
/** Longer ranges are read as hours. */
const LONGEST_RAW = 48 * HOUR;

/** Throws if the file is another program's or in use. If it cannot be read or created, it is tried again later. */
export function openHistory(options: HistoryOptions) {
  const { path, maxBytes, now } = options;
  let waiting: { readonly target: string; readonly point: Point }[] = [];
  const waitingRuns = new Map<string, { readonly target: string; readonly run: SeenRun }>();
  /** The time until which each target's readings are merged into hours. */
  let mergedUntil = new Map<string, number>();
  let failure: { readonly since: number; readonly message: string } | undefined;
  let file: HistoryFile | undefined;
  let damagedDocuments = 0;
  let isNew = false;
  try {
    file = open();
    damagedDocuments = file.damagedDocuments();
  } catch (error) {
    if (!isDiskFailure(error)) throw error;
    failed(error);
  }
  const documents = createDocuments((kind, key) => reading((opened) => opened.documents(kind, key), []));

  function open(): HistoryFile {
    const opened = openHistoryFile(path, maxBytes);
    if (opened.aside !== undefined) {
      isNew = true;
      options.movedAside(opened.aside);
    }
    try {
      const found = opened.targets();
      mergedUntil = new Map(found.map(({ target, first, hour }) => [target, hour ?? startOfHour(first)]));
      return opened;
    } catch (error) {
      // While it is open, the file cannot be opened again.
      opened.close();
      throw error;
    }
  }

  function failed(error: unknown): void {
    failure = { since: failure?.since ?? now(), message: wordsOf(error) };
  }

  /** Returns `otherwise` if the file cannot be read. */
  function reading<T>(work: (opened: HistoryFile) => T, otherwise: T): T {
    try {
      return file ? work(file) : otherwise;
    } catch (error) {
      failed(error);
      return otherwise;
    }
  }

  function attempt(work: (opened: HistoryFile) => void): boolean {
    try {
      file ??= open();
      // SQLite would go on writing to a file that was removed.
      if (path !== null) statSync(path);
      const opened = file;
      opened.transaction(() => work(opened));
      failure = undefined;
      return true;
    } catch (error) {
      failed(error);
      return false;
    }
  }

  /** Writes waiting changes. Returns false if that failed. */
  function flush(): boolean {
    const changes = documents.changes;
    if (changes.length + waiting.length + waitingRuns.size === 0 && !failure) return true;
    const done = attempt((opened) => {
      for (const change of changes) opened.write(change);
      for (const { target, point } of waiting) {
        opened.insert("raw", target, point.at, toRow(point));
        if (!mergedUntil.has(target)) mergedUntil.set(target, startOfHour(point.at));
      }
      for (const { target, run } of waitingRuns.values()) opened.runs.put(target, run);
    });
    if (done) {
      documents.written();
      waiting = [];
      waitingRuns.clear();
    }
    return done;
  }

  function read(opened: HistoryFile, target: string, from: number, to: number, level: Level) {
    const rows = (of: Level, start: number, end: number) =>
      opened.select(of, target, start, end).map((text): Point => JSON.parse(text));
    const oldest = opened.oldest("raw", target) ?? to;
    // Hours before this time, readings after it.
    const turn = level === "raw" ? startOfHour(oldest) : (mergedUntil.get(target) ?? startOfHour(oldest));
    const start = Math.max(from, turn + 1);
    const readings = rows("raw", start, to);
    // A point that ends where the range begins is outside of it.
    const hours = rows("hour", from + 1, Math.min(to, turn + 1));
    return [...hours, ...(level === "raw" ? readings : untilNow(bucket(readings, HOUR), readings))];
  }

  return {
    documents,
    /** The number of damaged documents that were skipped. */
    damagedDocuments,
    get recording(): Fleet["recording"] {
      if (failure) {
        const since = new Date(failure.since).toISOString();
        return { on: false, note: `nothing has been recorded since ${since}: ${failure.message}` };
      }
      if (path === null) return { on: false, note: "it was started without a history file" };
      const bytes = file?.fileBytes() ?? 0;
      return isNew ? { on: true, bytes, note: MOVED_ASIDE } : { on: true, bytes };
    },
    /** Why history cannot be recorded; undefined: it is recorded. */
    get failure(): string | undefined {
      return failure?.message;
    },
    add(target: string, point: Point): void {
      waiting.push({ target, point });
      if (waiting.length > MOST_WAITING) waiting = waiting.slice(-MOST_WAITING / 2);
    },
    /**
     * Returns stored points from `from` (inclusive) to `to` (exclusive), in milliseconds, oldest first: readings that are still
     * kept, and hourly points before them. A long range has hourly points only.
     */
    points(target: string, from: number, to: number, wanted?: Level): readonly Point[] {
      const level = wanted ?? (to - from > LONGEST_RAW ? "hour" : "raw");
      flush();
      return reading((opened) => thin(read(opened, target, from, to, level), to - from), []);
    },
    addRun(target: string, run: SeenRun): void {
      const key = JSON.stringify([target, run.epoch, run.runId]);
      waitingRuns.set(key, { target, run: { ...waitingRuns.get(key)?.run, ...run } });
      const [oldest = ""] = waitingRuns.keys();
      if (waitingRuns.size > MOST_WAITING) waitingRuns.delete(oldest);
    },
    /** Returns the runs of all targets. */
    runs(query: RunsQuery): RunsFound {
      flush();
      return reading((opened) => opened.runs.find(query), NO_RUNS);
    },
    flush,
    /** Does a part of the merging and removing; to be called often. */
    maintain(): void {
      if (mergedUntil.size === 0 || failure) return;
      const until = startOfHour(now());
      const due = [...mergedUntil].filter(([, merged]) => merged < until).slice(0, TARGETS_A_TURN);
      if (due.length > 0 && !flush()) return;
      const done = attempt((opened) => {
        for (const [target, from] of due)
          rollUp(opened, target, { from, until, now: now(), keep: options.keep });
        // Evict only once all finished hours are merged.
        if (due.length === 0) evict(opened, [...mergedUntil.keys()], options, now());
      });
      if (done) for (const [target] of due) mergedUntil.set(target, until);
    },
    close(): void {
      flush();
      file?.close();
    },
  };
}

/** An unfinished step ends with its last reading, not in the future. */
function untilNow(steps: readonly Point[], readings: readonly Point[]): readonly Point[] {
  const last = readings.at(-1)?.at ?? 0;
  return steps.map((step) => ({ ...step, at: Math.min(step.at, last) }));
}

function thin(points: readonly Point[], span: number): readonly Point[] {
  if (points.length <= MOST_POINTS) return points;
  return untilNow(bucket(points, Math.ceil(span / MOST_POINTS / MINUTE) * MINUTE), points);
}

const DISK_FAILURE =
  /^SQLITE_(FULL|IOERR|CANTOPEN|READONLY|PERM|CORRUPT|NOTADB)|^(ENOSPC|EROFS|EACCES|EPERM|EIO|EDQUOT)$/;

function isDiskFailure(error: unknown): boolean {
  return DISK_FAILURE.test(String((error as { code?: unknown }).code));
}

const REASONS: Readonly<Record<string, string>> = {
  SQLITE_FULL: "the disk is full, or the file has reached its size",
  SQLITE_READONLY: "no permission to write the file",
  SQLITE_CANTOPEN: "the file cannot be opened",
  EACCES: "no permission to write the file or its folder",
  ENOENT: "the file was removed: put it back, or restart the watchdog, which then creates a new one",
  ENOSPC: "the disk is full",
  EROFS: "its file system is read-only",
};

function wordsOf(error: unknown): string {
  const { code } = error as { code?: unknown };
  if (code === "SQLITE_NOTADB" || code === "SQLITE_CORRUPT")
    return "the file is damaged: stop the watchdog and move the file away; the watchdog then creates a new one";
  return REASONS[String(code)] ?? `an unexpected error${code === undefined ? "" : ` (${code})`}`;
}
