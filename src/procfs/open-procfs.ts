/** Reads the process table of a procfs: one observation for each pid, from one sweep for all of them. */
import { readlinkSync } from "node:fs";
import { bootClock, readClock, wallOffset } from "./clock.ts";
import { connectionReader } from "./connections.ts";
import { type Member, observationOf } from "./observation.ts";
import {
  absentPresence,
  hidesNothing,
  isInitialNamespace,
  isOwnNamespace,
  type SignalZero,
} from "./presence.ts";
import type { Observation, Procfs } from "./process.ts";
import {
  isResourceExhaustion,
  openProcessFiles,
  type ProcessFiles,
  readText,
  tryRead,
} from "./process-files.ts";
import { sampleReader } from "./samples.ts";
import { parseStat } from "./stat.ts";
import { sweepProcesses } from "./sweep.ts";
import { type ProcessTree, processTree } from "./tree.ts";
import { waitReader } from "./waits.ts";

/** PID_MAX_LIMIT: proc_sys_kernel(5), pid_max. */
const HIGHEST_PID = 2 ** 22;

export interface ProcfsOptions {
  readonly root?: string;
  /** kill(2) with signal 0. */
  readonly signalZero?: SignalZero;
  readonly now?: () => number;
}

export interface OpenProcfs extends Procfs {
  close(): void;
}

const NO_PID: Observation = { presence: "no_pid", process: null };
const UNKNOWN: Observation = { presence: "unknown", process: null };
const GONE: Observation = { presence: "gone", process: null };

/** The first process of a pid namespace: pid_namespaces(7). */
const INIT = 1;

/** Opens the procfs at `root`. Without one, every pid is `unknown`. */
export function openProcfs(options: ProcfsOptions = {}): OpenProcfs {
  const { root = "/proc", now = Date.now } = options;
  const signalZero = options.signalZero ?? ((pid: number) => void process.kill(pid, 0));
  if (tryRead(`${root}/self/stat`) === undefined) return noProcfs();

  const clock = readClock(root);
  let offset = wallOffset();
  const bootTime = bootClock(root, clock.clockTicksPerSecond, now);
  let bootedAtMs = bootTime();
  const own = isOwnNamespace(root);
  const isMachine = isInitialNamespace(root);
  const foreignAbsent = own ? null : hidesNothing(root) ? "gone" : "unknown";
  const files = openProcessFiles();
  const samples = sampleReader(files);
  const readers = {
    waits: waitReader(),
    connections: connectionReader({ wall: now, monotonic: () => performance.now() }),
    pageBytes: clock.pageBytes,
  };
  const trees = processTree(root, () => (own ? newestPid(files, root) : undefined));
  let tree: ProcessTree | undefined;
  /** Whether this observation has repeated the sweep for a pid that the tree did not have. */
  let hasSweptAgain = false;

  /** Returns the same tree for all pids of one observation, unless it proves outdated. */
  function currentTree(): ProcessTree {
    tree ??= trees.current();
    return tree;
  }

  function absent(error: unknown, pid: number): Observation {
    const { code } = error as NodeJS.ErrnoException;
    const presence = absentPresence(code, pid, own ? signalZero : null);
    return { presence: presence === "unknown" && foreignAbsent ? foreignAbsent : presence, process: null };
  }

  /** Reports `unknown` on resource exhaustion, since incomplete figures would be wrong. */
  function observeOrUnknown(pid: number): Observation {
    try {
      return observeOne(pid);
    } catch (error) {
      if (isResourceExhaustion(error)) return UNKNOWN;
      throw error;
    }
  }

  /** Throws on resource exhaustion. */
  function observeOne(pid: number): Observation {
    let agent: Member;
    try {
      agent = member(pid);
    } catch (error) {
      if (isResourceExhaustion(error)) throw error;
      return absent(error, pid);
    }
    const { sample } = agent;
    if (sample.state === "X" || sample.state === "x" || !isProcess(pid)) return GONE;
    // A kernel thread or the machine's init is never an agent, so the pid belongs to another namespace.
    if (sample.isKernelThread || (isMachine && pid === INIT)) return UNKNOWN;
    return observationOf(readers, agent, startedAt(sample.startTicks), readDescendants(pid));
  }

  function startedAt(startTicks: number): number | null {
    return bootedAtMs === null ? null : bootedAtMs + (startTicks * 1000) / clock.clockTicksPerSecond;
  }

  /** Throws the system's error if the process cannot be read. */
  function member(pid: number): Member {
    const folder = `${root}/${pid}`;
    return { pid, folder, ...samples.read(folder) };
  }

  /** Whether the pid is a process. `/proc/<tid>` of a thread can be read as well. */
  function isProcess(pid: number): boolean {
    if (currentTree().has(pid)) return true;
    // It may be newer than the last sweep. One more sweep suffices, since all pids of an observation are older than
    // its start.
    if (!hasSweptAgain) forgetTree();
    hasSweptAgain = true;
    return currentTree().has(pid);
  }

  function forgetTree(): void {
    trees.forget();
    tree = undefined;
  }

  function readDescendants(pid: number, again = true): readonly Member[] {
    const descendants: Member[] = [];
    for (const descendant of currentTree().descendantsOf(pid)) {
      try {
        descendants.push(member(descendant));
      } catch (error) {
        if (isResourceExhaustion(error)) throw error;
        // It ended since the sweep, and its children have another parent now. One more sweep suffices: there is no
        // consistent picture of a tree that changes all the time.
        if (!again) continue;
        forgetTree();
        return readDescendants(pid, false);
      }
    }
    return descendants;
  }

  return {
    clockTicksPerSecond: clock.clockTicksPerSecond,
    bootId: clock.bootId,
    observe(pids) {
      tree = undefined;
      hasSweptAgain = false;
      // The clock was set, or the machine slept, so the boot time has changed.
      if (offset !== wallOffset()) {
        offset = wallOffset();
        bootedAtMs = bootTime();
      }
      const observations = pids.map((stored) => {
        const pid = validPid(stored);
        return pid === undefined ? NO_PID : observeOrUnknown(pid);
      });
      files.closeUnused();
      samples.forgetUnused();
      readers.waits.forgetUnused();
      readers.connections.forgetUnused();
      return observations;
    },
    isStill({ pid, startTicks, link, target }) {
      try {
        const now = parseStat(readText(`${root}/${pid}/stat`));
        return now.startTicks === startTicks && (!link || now.state === "Z" || readlinkSync(link) === target);
      } catch {
        return false;
      }
    },
    sweep: (wanted) => sweepProcesses(root, startedAt, wanted),
    close: () => files.close(),
  };
}

/** Returns the stored value if it can be a pid. */
export function validPid(stored: unknown): number | undefined {
  const pid = typeof stored === "bigint" ? Number(stored) : stored;
  return typeof pid === "number" && Number.isInteger(pid) && pid >= 1 && pid <= HIGHEST_PID ? pid : undefined;
}

/** Returns the newest pid of the reader's pid namespace: the fifth field of proc_loadavg(5). */
function newestPid(files: ProcessFiles, root: string): number | undefined {
  try {
    return Number(files.read(`${root}/loadavg`).split(" ")[4]);
  } catch {
    return undefined;
  }
}

function noProcfs(): OpenProcfs {
  return {
    clockTicksPerSecond: 0,
    bootId: "",
    observe: (pids) => pids.map((pid) => (validPid(pid) === undefined ? NO_PID : UNKNOWN)),
    isStill: () => false,
    sweep: async () => null,
    close() {},
  };
}
