/**
 * A process as the kernel shows it: plain values, no protobuf. Ticks are clock ticks, memory and characters
 * bytes. Sources: proc_pid_stat(5), proc_pid_status(5), proc_pid_io(5).
 */

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
}

export interface ProcessReading {
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
  readonly descendants: DescendantTotals;
}

/** What the kernel says of a pid; `unknown`: there is no procfs to ask, or no descriptor left. */
export type Presence = "running" | "zombie" | "gone" | "hidden" | "no_pid" | "unknown";

/** What became of one pid. `process` is there for `running` and `zombie` alone. */
export interface Observation {
  readonly presence: Presence;
  readonly process: ProcessReading | null;
}

/** The process table, read once for any number of pids. */
export interface Procfs {
  /** Clock ticks per second; 0 where there is no procfs. */
  readonly clockTicksPerSecond: number;
  /** `/proc/sys/kernel/random/boot_id`; empty where it cannot be read. */
  readonly bootId: string;
  /** One observation for each value, in its order. A value that is no pid is `no_pid`. Never throws. */
  observe(pids: readonly unknown[]): readonly Observation[];
}
