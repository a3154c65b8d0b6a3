/**
 * What the machine shows of the running agents: their processes and their log files. It is asked while the database is still
 * read, about the agents of the last collection, since they are mostly the same ones; what differs is then asked again.
 * Either way everything is read after the collection began.
 */
import { lstatSync, type Stats } from "node:fs";
import { realpath, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { isLocal, type Mount, readMounts } from "../procfs/mountinfo.ts";
import type { Observation, Procfs } from "../procfs/process.ts";
import type { AgentRow } from "../repositories/repository.ts";
import type { AgentSignals, LogFileReading } from "./agents.ts";
import type { OnUnexpected } from "./section.ts";
import { callsWithTimeout } from "./with-timeout.ts";

export interface SignalSources {
  readonly procfs: Procfs;
  /** Never throws or rejects. */
  readonly statLog: StatLog;
  /** The names by which the orchestrator calls this host in `agent_runs.host`. */
  readonly localHosts: readonly string[];
  readonly onUnexpected: OnUnexpected;
}

/** A function for each collection: called as it begins, it gives another that takes the rows when they are there. */
export type BeginSignals = () => (rows: readonly AgentRow[]) => Promise<readonly (AgentSignals | null)[]>;

interface Asked {
  readonly pid: unknown;
  readonly logPath: string | null;
}

export function signalReader(sources: SignalSources): BeginSignals {
  const local = new Set(["", ...sources.localHosts].map(canonical));
  let last: readonly Asked[] = [];
  return () => {
    const early = { asked: last, answers: ask(sources, last) };
    return async (rows) => {
      const here = rows.filter(({ host }) => local.has(canonical(host ?? "")));
      const same =
        here.length === early.asked.length && here.every((row, index) => isSame(row, early.asked[index]));
      last = here.map(({ pid, logPath }) => ({ pid, logPath }));
      const answers = await (same ? early.answers : ask(sources, last));
      const signals = new Map(here.map((row, index) => [row, answers[index] ?? null]));
      return rows.map((row) => signals.get(row) ?? null);
    };
  };
}

/** As DNS compares names: RFC 4343, and the root's dot at the end of a name that is whole. */
function canonical(host: string): string {
  return host.toLowerCase().replace(/\.$/, "");
}

function isSame(row: Asked, asked: Asked | undefined): boolean {
  return row.pid === asked?.pid && row.logPath === asked?.logPath;
}

async function ask(sources: SignalSources, asked: readonly Asked[]): Promise<readonly AgentSignals[]> {
  // The system looks for the log files while this thread reads the processes.
  const statting = Promise.all(
    asked.map(({ logPath }) => (logPath === null ? null : sources.statLog(logPath))),
  );
  const observations = observe(sources, asked);
  const logs = await statting;
  return asked.map((_, index) => ({ observation: observations[index] ?? UNKNOWN, log: logs[index] ?? null }));
}

const UNKNOWN: Observation = { presence: "unknown", process: null };

function observe({ procfs, onUnexpected }: SignalSources, asked: readonly Asked[]): readonly Observation[] {
  try {
    return procfs.observe(asked.map(({ pid }) => pid));
  } catch (error) {
    onUnexpected("procfs", error);
    return [];
  }
}

/** How long what was learnt of a folder holds; mounts seldom change. */
const FOLDER_MILLISECONDS = 30_000;

/** Size and time of last change; null where the file is missing, is no file, or does not answer in time. */
export type StatLog = (path: string) => LogFileReading | null | Promise<LogFileReading | null>;

interface Folder {
  readonly learntAtMs: number;
  isLocal: boolean;
}

/**
 * Stats a run's log file. It is never opened, and its path never leaves this module.
 *
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
