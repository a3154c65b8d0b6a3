/** Holds a row of verdicts against the truth. */
import type { Verdict } from "../../watchdog/judgement/verdict.ts";
import type { Label } from "./scenarios.ts";

export interface DatedVerdict {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly verdict: Verdict;
}

export interface Assessment {
  /** From when the truth held to the first verdict that says so; absent: there was none. */
  readonly secondsToVerdict?: number;
  /** The verdict that says the truth, else the last one. */
  readonly verdict: Verdict;
  /** Verdicts that call for help where none is needed, or of another kind. */
  readonly falseAlarms: readonly Verdict[];
  /** The last verdict. */
  readonly last: Verdict;
}

/** Verdicts that somebody is called for. */
export const ALARMING = new Set(["spinning", "hung", "stopped", "zombie", "gone", "orphaned", "pid_reused"]);

/** There is at least one verdict. The truth holds from `holdsFrom` on; before it the process is healthy. */
export function assess(
  { truth, also = [] }: Label,
  holdsFrom: number,
  verdicts: readonly DatedVerdict[],
): Assessment {
  const last = verdicts.at(-1);
  if (!last) throw new Error("there is no verdict to assess");
  const later = verdicts.filter(({ at }) => at >= holdsFrom);
  // Not to know yet is where every verdict begins: it says something only where more time has not told more.
  const told = later.filter(({ verdict }) => verdict.name !== "not_known_yet");
  const first =
    truth === "not_known_yet"
      ? later.findLast(({ verdict }) => verdict.name === truth)
      : (told.find(({ verdict }) => verdict.name === truth) ??
        told.find(({ verdict }) => also.includes(verdict.name)));
  const falseAlarms = verdicts.filter(
    ({ at, verdict }) => ALARMING.has(verdict.name) && (verdict.name !== truth || at < holdsFrom),
  );
  return {
    verdict: (first ?? last).verdict,
    falseAlarms: falseAlarms.map(({ verdict }) => verdict),
    last: last.verdict,
    ...(first ? { secondsToVerdict: (first.at - holdsFrom) / 1000 } : {}),
  };
}
