/** What the watchdog says of one agent. */

export const VERDICTS = [
  "working",
  "waiting_on_peer",
  "waiting_on_child",
  "waiting_for_person",
  "at_rest",
  "sleeping",
  "detached",
  "spinning",
  "hung",
  "stopped",
  "zombie",
  "gone",
  "orphaned",
  "pid_reused",
  "not_visible",
  "not_known_yet",
] as const;

export type VerdictName = (typeof VERDICTS)[number];

/** What a process tree waits for. */
export type CauseName = "sleep" | "peer" | "child" | "lock" | "nothing" | "file" | "unknown";

export type Limit = readonly [name: string, seconds: number];

export interface Verdict {
  readonly name: VerdictName;
  /** Absent: it does not wait, or what for decides nothing. */
  readonly cause?: CauseName;
  /** The threshold that it exceeds, under the name that the thresholds file has. */
  readonly limit?: Limit;
  /** In words with numbers: "waits for a person: `vi` reads the terminal; no progress for 12 min 3 s". */
  readonly evidence: string;
  /** The signals that decided, such as "ticks", "descendants.ticks", "log". */
  readonly signals: readonly string[];
  /** Since when it holds, by what was read; milliseconds since the epoch. */
  readonly since: number;
}

/** A rule's verdict. Without `since` it holds from the first reading of an unbroken row that gave its name. */
export type Finding = Omit<Verdict, "since"> & { readonly since?: number };
