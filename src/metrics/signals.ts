/** Reads what the machine shows of the running agents: their processes and log files. */
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

const UNKNOWN: Observation = { presence: "unknown", process: null };

/** Resolves with an entry for each row. Null: the agent runs on another host. Never rejects. */
export async function readSignals(
  sources: SignalSources,
  rows: readonly AgentRow[],
): Promise<readonly (AgentSignals | null)[]> {
  const isThisHost = hostNames(sources.localHosts);
  const here = rows.map((row) => (isThisHost(row.host) ? row : null));
  // The system looks up the log files while this thread reads the processes.
  const statting = Promise.all(here.map((row) => (row?.logPath ? sources.readLog(row.logPath) : null)));
  const observations = observe(sources, here);
  const logs = await statting;
  return here.map(
    (row, index) => row && { observation: observations[index] ?? UNKNOWN, log: logs[index] ?? null },
  );
}

function observe(
  { procfs, onUnexpected }: SignalSources,
  rows: readonly (AgentRow | null)[],
): readonly Observation[] {
  try {
    return procfs.observe(rows.map((row) => row?.pid));
  } catch (error) {
    onUnexpected("procfs", error);
    return [];
  }
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
