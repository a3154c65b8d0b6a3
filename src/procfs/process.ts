/**
 * A process as the kernel shows it: plain values, no protobuf. Ticks are clock ticks, memory and characters
 * bytes. Sources: proc_pid_stat(5), proc_pid_status(5), proc_pid_io(5).
 */

/** What one thread waits for; the contract's `Wait` says more. */
export interface Wait {
  readonly kernelFunction: string;
  /** Null where the kernel refuses it. */
  readonly systemCall: string | null;
  /** Kinds of descriptors that can end the wait. */
  readonly on: readonly string[];
  readonly timeoutSeconds: number | null;
}

export interface Terminal {
  readonly foreground: boolean;
  /** Null: its descriptors may not be read. */
  readonly reads: boolean | null;
}

export interface Connections {
  readonly established: number;
  readonly withUnreadBytes: number;
  readonly withUnsentBytes: number;
  readonly retransmitting: number;
  readonly readAtMs: number;
}

export interface ChildProcess {
  readonly pid: number;
  readonly name: string;
  readonly program: string;
  readonly state: string;
  readonly startTicks: number;
  readonly wait: Wait | null;
  readonly terminal: Terminal | null;
}

/** Sums over the living descendants of a process, itself left out. */
export interface DescendantTotals {
  readonly processes: number;
  /** utime + stime + cutime + cstime of each. */
  readonly ticks: number;
  readonly residentMemoryBytes: number;
  /** Null where one of them could not be read. */
  readonly voluntaryContextSwitches: number | null;
  readonly readChars: number | null;
  readonly writeChars: number | null;
  readonly storageWriteBytes: number | null;
  /** How many are in each state. */
  readonly states: Readonly<Record<string, number>>;
  /** The latest started first. */
  readonly youngest: readonly ChildProcess[];
}

export interface ProcessReading {
  /** `comm`. */
  readonly name: string;
  /** Empty if it cannot be read. */
  readonly program: string;
  /** One letter, as the kernel gives it. */
  readonly state: string;
  readonly startTicks: number;
  /** Null where the boot time cannot be read. */
  readonly startedAtMs: number | null;
  readonly userTicks: number;
  readonly systemTicks: number;
  readonly reapedChildrenTicks: number;
  readonly threads: number;
  readonly residentMemoryBytes: number;
  /** All living threads; null where they could not be read. */
  readonly voluntaryContextSwitches: number | null;
  /** Null where the kernel does not let us see them. */
  readonly readChars: number | null;
  readonly writeChars: number | null;
  readonly storageWriteBytes: number | null;
  /** Null where the kernel does not keep it. */
  readonly runDelaySeconds: number | null;
  /** Threads by kernel function; empty where they are not shown. */
  readonly threadWaits: Readonly<Record<string, number>>;
  readonly wait: Wait | null;
  readonly terminal: Terminal | null;
  /** Of the whole tree; null where it may not be read. */
  readonly connections: Connections | null;
  /** Null where the kernel does not show it. */
  readonly frozen: boolean | null;
  readonly descendants: DescendantTotals;
}

/**
 * What the kernel says of a pid; `unknown`: there is no procfs to ask, or no descriptor left. `ambiguous`: of a run without a
 * pid, for which several processes fit.
 */
export type Presence = "running" | "zombie" | "gone" | "hidden" | "no_pid" | "unknown" | "ambiguous";

/** What became of one pid. `process` is there for `running` and `zombie` alone. */
export interface Observation {
  readonly presence: Presence;
  readonly process: ProcessReading | null;
}

/** A link of procfs, such as `/proc/<pid>/cwd`, and where it points. */
export interface Link {
  readonly link: string;
  readonly target: string;
}

/** An open file of a process. */
export interface HeldFile extends Link {
  readonly isWritable: boolean;
}

/** A process, and what it was known by. */
export interface Sighting extends Partial<Link> {
  readonly pid: number;
  readonly startTicks: number;
}

/** One process of a sweep. */
export interface SweptProcess {
  readonly pid: number;
  readonly parentPid: number;
  readonly startTicks: number;
  /** Null where the boot time cannot be read. */
  readonly startedAtMs: number | null;
  /** The effective user. */
  readonly uid: number;
  /** Empty if it cannot be read. */
  readonly program: string;
  /** Null if it may not be read. */
  readonly cwd: Link | null;
  /** Those that were wanted; null if they may not be read. */
  readonly files: readonly HeldFile[] | null;
}

export interface Sweep {
  readonly processes: readonly SweptProcess[];
  /** Whether these are all living processes of the user. */
  readonly isWhole: boolean;
}

export interface SweepOptions {
  /** Null: of every user. */
  readonly uid: number | null;
  /** Whether open files whose path ends in this name are listed. Null: none is. */
  readonly wantsFile: ((name: string) => boolean) | null;
  /** How many processes and descriptors are looked at. */
  readonly mostLooks: number;
}

/** The process table, read once for any number of pids. */
export interface Procfs {
  /** Clock ticks per second; 0 where there is no procfs. */
  readonly clockTicksPerSecond: number;
  /** `/proc/sys/kernel/random/boot_id`; empty where it cannot be read. */
  readonly bootId: string;
  /** One observation for each value, in its order. A value that is no pid is `no_pid`. Never throws. */
  observe(pids: readonly unknown[]): readonly Observation[];
  /** Whether it is the same process as then, and its link points there still, unless it ended and nobody waited for it. */
  isStill(sighting: Sighting): boolean;
  /** Looks at every process of a user. Null where there is no procfs. */
  sweep(options: SweepOptions): Promise<Sweep | null>;
}
