/**
 * A process as the kernel shows it, in plain values without protobuf. Ticks are clock ticks, memory and characters
 * in bytes. Sources: proc_pid_stat(5), proc_pid_status(5), proc_pid_io(5).
 */

/** What one thread waits for. The contract's `Wait` has the details. */
export interface Wait {
  readonly kernelFunction: string;
  /** Undefined if the kernel denies access to it. */
  readonly systemCall: string | undefined;
  /** Kinds of descriptors that can end the wait. */
  readonly on: string[];
  readonly timeoutSeconds: number | undefined;
}

export interface Terminal {
  readonly foreground: boolean;
  /** Undefined if the descriptors cannot be read. */
  readonly reads: boolean | undefined;
}

export interface Connections {
  readonly established: number;
  readonly withUnreadBytes: number;
  readonly withUnsentBytes: number;
  readonly retransmitting: number;
  readonly readAtMs: number;
}

export interface ChildProcess
  extends Pick<ProcessReading, "name" | "program" | "state" | "startTicks" | "wait" | "terminal"> {
  readonly pid: number;
}

/** Totals over the living descendants of a process, without itself. Undefined if it could not be read for one of them. */
export interface DescendantTotals
  extends Pick<
    ProcessReading,
    "residentMemoryBytes" | "voluntaryContextSwitches" | "readChars" | "writeChars" | "storageWriteBytes"
  > {
  readonly processes: number;
  /** utime + stime + cutime + cstime of each. */
  readonly ticks: number;
  /** Number of processes by state. */
  readonly states: Record<string, number>;
  /** The most recently started first. */
  readonly youngest: ChildProcess[];
}

export interface ProcessReading {
  /** `comm`: at most 15 bytes. */
  readonly name: string;
  /** The script's name for an interpreter. Empty if it cannot be read. */
  readonly program: string;
  /** One letter, as the kernel gives it: R, S, D, Z, T, … */
  readonly state: string;
  /** Ticks since boot. */
  readonly startTicks: number;
  /** Undefined if the boot time cannot be read. */
  readonly startedAtMs: number | undefined;
  readonly userTicks: number;
  readonly systemTicks: number;
  /** cutime + cstime: of children that ended and were reaped, and their descendants. */
  readonly reapedChildrenTicks: number;
  readonly threads: number;
  readonly residentMemoryBytes: number;
  /** Over all living threads. Undefined if it could not be read. */
  readonly voluntaryContextSwitches: number | undefined;
  /** Undefined if the kernel denies access. */
  readonly readChars: number | undefined;
  readonly writeChars: number | undefined;
  readonly storageWriteBytes: number | undefined;
  /** Over all living threads. Undefined if the kernel does not record it. */
  readonly runDelaySeconds: number | undefined;
  /** Number of threads by kernel function. Empty if the kernel does not show it. */
  readonly threadWaits: Record<string, number>;
  readonly wait: Wait | undefined;
  readonly terminal: Terminal | undefined;
  /** Of the whole tree. Undefined if it cannot be read. */
  readonly connections: Connections | undefined;
  /** Undefined if the kernel does not show it. */
  readonly frozen: boolean | undefined;
  readonly descendants: DescendantTotals;
}

/**
 * The state of a pid in the kernel. `unknown`: there is no procfs, or file descriptors ran out. `ambiguous`: several
 * processes match a run without a pid.
 */
export type Presence = "running" | "zombie" | "gone" | "hidden" | "no_pid" | "unknown" | "ambiguous";

/** The observation of one pid. `process` is set only for `running` and `zombie`. */
export interface Observation {
  readonly presence: Presence;
  readonly process: ProcessReading | null;
}

/** A procfs link, such as `/proc/<pid>/cwd`, and its target. */
export interface Link {
  readonly link: string;
  readonly target: string;
}

/** An open file of a process. */
export interface HeldFile extends Link {
  readonly isWritable: boolean;
}

/** A process, with the link that identified it. */
export interface Sighting extends Partial<Link> {
  readonly pid: number;
  readonly startTicks: number;
}

/** One process of a sweep. */
export interface SweptProcess {
  readonly pid: number;
  readonly parentPid: number;
  readonly startTicks: number;
  /** Undefined if the boot time cannot be read. */
  readonly startedAtMs: number | undefined;
  /** The effective user. */
  readonly uid: number;
  /** Empty if it cannot be read. */
  readonly program: string;
  /** Null if it cannot be read. */
  readonly cwd: Link | null;
  /** The wanted files. Null if they cannot be read. */
  readonly files: readonly HeldFile[] | null;
}

export interface Sweep {
  readonly processes: readonly SweptProcess[];
  /** Whether these are all living processes of the user. */
  readonly isWhole: boolean;
}

export interface SweepOptions {
  /** Null for all users. */
  readonly uid: number | null;
  /** Whether to list an open file whose path ends in this name. Null lists none. */
  readonly wantsFile: ((name: string) => boolean) | null;
  /** The maximum number of processes and descriptors to examine. */
  readonly mostLooks: number;
}

/** The process table, which is read once for any number of pids. */
export interface Procfs {
  /** 0 without procfs. */
  readonly clockTicksPerSecond: number;
  /** `/proc/sys/kernel/random/boot_id`. Empty if it cannot be read. */
  readonly bootId: string;
  /** Returns one observation for each value, in its order. A value that is not a pid gives `no_pid`. Never throws. */
  observe(pids: readonly unknown[]): readonly Observation[];
  /** Whether it is still the same process, with the same target of its link, unless it is a zombie. */
  isStill(sighting: Sighting): boolean;
  /** Examines every process of a user. Null without procfs. */
  sweep(options: SweepOptions): Promise<Sweep | null>;
}
