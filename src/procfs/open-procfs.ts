/** Reads the process table of a procfs: one observation for each pid, from one sweep for all of them. */
import { readlinkSync } from "node:fs";
import { bootClock, readClock, wallOffset } from "./clock.ts";
import { connectionReader } from "./connections.ts";
import { type Member, observationOf } from "./observation.ts";
import { absenceReader, isInitialNamespace, type SignalZero } from "./presence.ts";
import type { Observation, Procfs } from "./process.ts";
import { ifReadable, isResourceExhaustion, openProcessFiles, readText, tryRead } from "./process-files.ts";
import { isSame, readSample } from "./samples.ts";
import { parseStat } from "./stat.ts";
import { sweepProcesses } from "./sweep.ts";
import { type ProcessTree, treeReader } from "./tree.ts";

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
  if (tryRead(`${root}/self/stat`) === "") return noProcfs();

  const { clockTicksPerSecond, pageBytes, bootId } = readClock(root);
  let offset = wallOffset();
  const bootTime = bootClock(root, clockTicksPerSecond, now);
  let bootedAtMs = bootTime();
  const isMachine = isInitialNamespace(root);
  const presenceWithout = absenceReader(root, signalZero);
  const files = openProcessFiles();
  const readConnections = connectionReader(now);
  const readTree = treeReader(root);
  let tree: ProcessTree | undefined;
  /** The processes of the previous observation, and of this one. */
  let before = new Map<number, Member>();
  let members = new Map<number, Member>();

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
      return { presence: presenceWithout(error, pid), process: null };
    }
    const { state, isKernelThread, startTicks } = agent.sample;
    tree ??= readTree();
    // `/proc/<tid>` of a thread can be read as well.
    if (state === "X" || state === "x" || !tree.has(pid)) return GONE;
    // A kernel thread or the machine's init is never an agent, so the pid belongs to another namespace.
    if (isKernelThread || (isMachine && pid === INIT)) return UNKNOWN;
    // Without those that ended since the sweep.
    const descendants = tree.descendantsOf(pid).flatMap((one) => ifReadable(() => member(one)) ?? []);
    const folders = [agent, ...descendants].map(({ folder }) => folder);
    return observationOf(agent, descendants, {
      startedAtMs: startedAt(startTicks),
      connections: readConnections(folders, `${pid} ${startTicks}`),
      pageBytes,
    });
  }

  function startedAt(startTicks: number): number | undefined {
    return bootedAtMs === undefined ? undefined : bootedAtMs + (startTicks * 1000) / clockTicksPerSecond;
  }

  /** Throws the system's error if the process cannot be read. */
  function member(pid: number): Member {
    const read = members.get(pid);
    if (read) return read;
    const folder = `${root}/${pid}`;
    const last = before.get(pid);
    const sampled = readSample(files, folder, last);
    const waits = last && isSame(last.sample, sampled.sample) ? last.waits : undefined;
    const next = { pid, folder, ...sampled, waits };
    members.set(pid, next);
    return next;
  }

  return {
    clockTicksPerSecond,
    bootId,
    observe(pids) {
      tree = undefined;
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
      before = members;
      members = new Map();
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
