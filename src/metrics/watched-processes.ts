/** Reports process trees of known programs as runs, for agents that no database describes. */
import { basename } from "node:path";
import type { HeldFile, Procfs, Sighting, Sweep, SweptProcess } from "../procfs/process.ts";
import { programAmong } from "../procfs/program.ts";
import { type AgentRow, NOT_REPORTED } from "../repositories/repository.ts";
import { type Ancestry, ancestryOf } from "./match-processes.ts";

export const mayBeLog = (name: string): boolean => /\.(jsonl|log)$/.test(name);

/**
 * Returns files that grow with the run: its transcript, or otherwise the file of its output. Another `.log` holds
 * diagnostics, which grow with each retry of a run that hangs.
 */
function logsOf(files: readonly HeldFile[]): readonly string[] {
  const written = files.filter(({ isWritable }) => isWritable);
  const transcripts = written.filter(({ target }) => target.endsWith(".jsonl"));
  const outputs = written.filter(({ link, target }) => target.endsWith(".log") && /\/fd\/[12]$/.test(link));
  return [...transcripts, ...outputs].map(({ target }) => target);
}

interface Tree extends Sighting {
  readonly row: AgentRow;
}

const NOTHING_KNOWN = {
  jobId: null,
  model: null,
  host: null,
  heartbeatAtMs: null,
  taskStage: null,
  jobStatus: null,
  ...NOT_REPORTED,
} as const;

export function watchedTrees(procfs: Procfs, programs: readonly string[]) {
  let trees: readonly Tree[] = [];
  let ancestry = ancestryOf([]);
  return {
    /** Updates the trees of a user from a sweep. */
    update({ processes }: Sweep, uid: number | undefined): void {
      const before = new Map(trees.map(({ row }) => [row.runId, row]));
      ancestry = ancestryOf(processes);
      const named = processes.filter((one) => one.uid === uid && programAmong(programs, one.program));
      trees = ancestry.outermost(named).map((root) => ({
        pid: root.pid,
        startTicks: root.startTicks,
        row: rowOf(root, programs, processes, ancestry, before),
      }));
    },
    /** Returns the living trees that do not belong to the processes of other runs. */
    rows(pids: readonly number[]): readonly AgentRow[] {
      const own = trees.filter(({ pid }) => !pids.some((one) => ancestry.areRelated(one, pid)));
      return own.filter((tree) => procfs.isStill(tree)).map(({ row }) => row);
    },
  };
}

function rowOf(
  root: SweptProcess,
  programs: readonly string[],
  processes: readonly SweptProcess[],
  ancestry: Ancestry,
  before: ReadonlyMap<string, AgentRow>,
): AgentRow {
  const { pid, startTicks, startedAtMs, cwd, program } = root;
  const runId = `${pid}-${startTicks}`;
  const known = before.get(runId);
  const tree = [root, ...processes.filter((one) => ancestry.descendsFrom(one.pid, pid))];
  const logs = logsOf(tree.flatMap(({ files }) => files ?? []));
  return {
    ...NOTHING_KNOWN,
    runId,
    pid,
    agent: programAmong(programs, program) ?? program,
    taskId: basename(cwd?.target ?? "") || null,
    // Keeps the known time, since it would differ after the clock was set.
    startedAtMs: known ? known.startedAtMs : (startedAtMs ?? null),
    // Keeps the same file as long as it is open.
    logPath: logs.find((path) => path === known?.logPath) ?? logs[0] ?? null,
  };
}
