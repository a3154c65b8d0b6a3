/**
 * What the machine shows of the running agents: their processes and their log files. It is asked while the database is still
 * read, about the agents of the last collection, since they are mostly the same ones; what differs is then asked again.
 * Either way everything is read after the collection began.
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

/** Whether a name is one by which the orchestrator calls this host. */
export function hostNames(localHosts: readonly string[]): (host: string | null) => boolean {
  const local = new Set(["", ...localHosts].map(canonical));
  return (host) => local.has(canonical(host ?? ""));
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
