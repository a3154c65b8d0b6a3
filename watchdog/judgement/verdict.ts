/** The watchdog's verdict on one agent. */

/** The most important first. */
export const VERDICTS = [
  "hung",
  "pid_reused",
  "gone",
  "zombie",
  "spinning",
  "stopped",
  "orphaned",
  "waiting_for_person",
  "detached",
  "working",
  "waiting_on_child",
  "waiting_on_peer",
  "sleeping",
  "at_rest",
  "not_visible",
  "not_known_yet",
] as const;

export type VerdictName = (typeof VERDICTS)[number];

/** What a process tree waits for. */
export type CauseName = "sleep" | "peer" | "child" | "lock" | "nothing" | "file" | "unknown";

export type Limit = readonly [name: string, seconds: number];

export interface Verdict {
  readonly name: VerdictName;
  /** Absent: it does not wait, or the cause decides nothing. */
  readonly cause?: CauseName;
  /** The exceeded threshold, with the name of the thresholds file. */
  readonly limit?: Limit;
  /** In words with numbers: "waits for a person: `vi` reads the terminal; no progress for 12 min 3 s". */
  readonly evidence: string;
  /** The signals that decided, for example "ticks", "descendants.ticks", "log". */
  readonly signals: readonly string[];
  /** Since when it has held, by the readings; milliseconds since the epoch. */
  readonly since: number;
}

/** The verdict of one rule. Without `since` it holds from the first of the consecutive readings with this name. */
export type Finding = Omit<Verdict, "since"> & { readonly since?: number };

/** A process that is not the run's own: `pid_reused` or `not_visible`. */
export interface ForeignProcess extends Verdict {
  /** The pid belonged to another process before. */
  readonly replaced?: boolean;
}
