/**
 * Reads what the machine shows of the running agents: their processes and log files. It starts while the database is
 * still being read, with the agents of the last collection, which are mostly the same. If they differ, it reads
 * again. In both cases everything is read after the collection began.
 */
import type { Observation, Procfs } from "../procfs/process.ts";
import type { AgentRow } from "../repositories/repository.ts";
import type { AgentSignals } from "./agents.ts";
import type { ReadLog } from "./log-files.ts";
import type { OnUnexpected } from "./section.ts";

export interface SignalSources {
  readonly procfs: Procfs;
  /** Never throws or rejects. */
  readonly readLog: ReadLog;
  /** The names that the orchestrator uses for this host in `agent_runs.host`. */
  readonly localHosts: readonly string[];
  readonly onUnexpected: OnUnexpected;
}

/** Call it when a collection begins. Call the returned function with the rows once they are there. */
export type BeginSignals = () => (rows: readonly AgentRow[]) => Promise<readonly (AgentSignals | null)[]>;

interface Asked {
  readonly pid: unknown;
  readonly logPath: string | null;
}

export function signalReader(sources: SignalSources): BeginSignals {
  const isThisHost = hostNames(sources.localHosts);
  let last: readonly Asked[] = [];
  return () => {
    const early = { asked: last, answers: ask(sources, last) };
    return async (rows) => {
      const here = rows.filter(({ host }) => isThisHost(host));
      const same =
        here.length === early.asked.length && here.every((row, index) => isSame(row, early.asked[index]));
      last = here.map(({ pid, logPath }) => ({ pid, logPath }));
      const answers = await (same ? early.answers : ask(sources, last));
      const signals = new Map(here.map((row, index) => [row, answers[index] ?? null]));
      return rows.map((row) => signals.get(row) ?? null);
    };
  };
}

/** Returns a function that checks whether the orchestrator uses a name for this host. */
export function hostNames(localHosts: readonly string[]): (host: string | null) => boolean {
  const local = new Set(["", ...localHosts].map(canonical));
  return (host) => local.has(canonical(host ?? ""));
}

/** Normalizes names as DNS does: case (RFC 4343), and a trailing dot of a complete name. */
function canonical(host: string): string {
  return host.toLowerCase().replace(/\.$/, "");
}

function isSame(row: Asked, asked: Asked | undefined): boolean {
  return row.pid === asked?.pid && row.logPath === asked?.logPath;
}

async function ask(sources: SignalSources, asked: readonly Asked[]): Promise<readonly AgentSignals[]> {
  // The system looks up the log files while this thread reads the processes.
  const statting = Promise.all(
    asked.map(({ logPath }) => (logPath === null ? null : sources.readLog(logPath))),
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
