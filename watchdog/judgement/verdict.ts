/** What the watchdog says of one agent. */

export const VERDICTS = [
  "working",
  "waiting_on_stream",
  "waiting_on_child",
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

export interface Verdict {
  readonly name: VerdictName;
  /** In words with numbers: "no ticks, no switches, no log growth for 7 min 12 s; 3 descendants, all asleep". */
  readonly evidence: string;
  /** The signals that decided, such as "ticks", "descendants.ticks", "log". */
  readonly signals: readonly string[];
  /** Since when it holds, by what was read; milliseconds since the epoch. */
  readonly since: number;
}

/** A rule's verdict. Without `since` it holds from the first reading of an unbroken row that gave its name. */
export type Finding = Omit<Verdict, "since"> & { readonly since?: number };
