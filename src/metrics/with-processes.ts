/** A store whose running agents also come from the process table: those without a pid are looked for, and others are watched. */
import { basename } from "node:path";
import {
  type ListedProcess,
  listProcesses,
  openFileNamed,
  outermostOf,
  workingDirectory,
} from "../procfs/process-list.ts";
import type {
  AgentRow,
  AgentRows,
  PartName,
  Repository,
  Snapshot,
  UsageRow,
} from "../repositories/repository.ts";
import { failedSnapshot } from "../repositories/repository.ts";
import { ok } from "../repositories/source-failure.ts";
import type { processSearch } from "./process-search.ts";

export interface ProcessSources {
  readonly root: string;
  /** Undefined: runs without a pid stay so. */
  readonly search?: ReturnType<typeof processSearch> | undefined;
  /** The programs whose processes are runs. */
  readonly watched?: readonly string[] | undefined;
  /** When a process started that did so many ticks after the machine. */
  readonly startedAtMs: (startTicks: number) => number | null;
  /** Of the machine's boot: which process table this is. */
  readonly bootId: string;
  readonly maxItems: number;
}

/** The transcript of an agent, or its log. */
const LOG = /\.(jsonl|log)$/;

const NO_USAGE: UsageRow = {
  ...{ runs: 1, pricedRuns: null, costUsd: null, inputTokens: null, outputTokens: null },
  ...{ cacheReadTokens: null, cacheCreationTokens: null },
};

/** Without a repository the processes are all there is. */
export function withProcesses(repository: Repository | undefined, sources: ProcessSources): Repository {
  const { search, watched, maxItems } = sources;

  async function withPids({ running, ...others }: AgentRows): Promise<AgentRows> {
    const isWanted = (row: AgentRow) => row.pid === null && (row.openFile ?? row.cwd ?? null) !== null;
    const wanted = running.filter(isWanted);
    if (!search || wanted.length === 0) return { running, ...others };
    const found = await search.find(
      wanted.map(({ runId, openFile = null, cwd = null }) => ({ runId, openFile, cwd })),
    );
    const byRow = new Map(wanted.map((row, index) => [row, found[index]]));
    return { running: running.map((row) => ({ ...row, ...byRow.get(row) })), ...others };
  }

  function withWatched(rows: AgentRows): AgentRows {
    if (!watched) return rows;
    const known = new Set(rows.running.map(({ pid }) => pid));
    const processes = listProcesses(sources.root);
    const own = process.geteuid?.();
    const matching = processes.filter(({ program, uid }) => watched.includes(program) && uid === own);
    const found = outermostOf(matching, processes).filter(({ pid }) => !known.has(pid));
    return {
      ...rows,
      running: [...rows.running, ...found.map(rowOf)].slice(0, maxItems),
      total: rows.total + found.length,
    };
  }

  function rowOf({ pid, startTicks, program }: ListedProcess): AgentRow {
    const folder = workingDirectory(sources.root, pid);
    return {
      runId: `${pid}-${startTicks}`,
      taskId: folder === undefined ? null : basename(folder) || "/",
      agent: program,
      pid,
      startedAtMs: sources.startedAtMs(startTicks),
      logPath: openFileNamed(sources.root, pid, LOG) ?? null,
      ...{ jobId: null, model: null, host: null, heartbeatAtMs: null, taskStage: null, jobStatus: null },
      usage: NO_USAGE,
    };
  }

  const nothing = (parts: readonly PartName[]): Snapshot => ({
    ...failedSnapshot(parts, { code: "unimplemented", message: "only processes are watched" }),
    sourceEpoch: sources.bootId,
  });

  return {
    ...repository,
    async read(parts) {
      const snapshot = repository ? await repository.read(parts) : nothing(parts);
      const { agents } = snapshot.parts;
      if (!agents) return snapshot;
      if (!agents.ok && !(watched && agents.failure.code === "unimplemented")) return snapshot;
      const rows = agents.ok ? await withPids(agents.value) : { running: [], total: 0 };
      return { ...snapshot, parts: { ...snapshot.parts, agents: ok(withWatched(rows)) } };
    },
    close: async () => repository?.close(),
  };
}
