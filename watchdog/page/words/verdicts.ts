/** The words and icons of the verdicts. Shape and word carry the meaning; the tone only supports it. */
import type { VerdictName } from "../../judgement/verdict.ts";
import type { IconName } from "../parts/icon-paths.ts";
import { VERDICT_MEANINGS } from "./glossary.ts";

/** `quiet`: nothing to do; `watch`: check it; `bad`: act; `unknown`: cannot be judged. */
export type Tone = "good" | "quiet" | "watch" | "bad" | "unknown";

export interface Appearance {
  readonly word: string;
  readonly icon: IconName;
  readonly tone: Tone;
  readonly meaning?: string;
}

/** Ordered by urgency. */
const VERDICT_APPEARANCES: Readonly<Record<VerdictName, Appearance>> = {
  hung: { word: "hung", icon: "octagon", tone: "bad" },
  gone: { word: "gone", icon: "dashed-circle", tone: "bad" },
  zombie: { word: "zombie", icon: "crossed-circle", tone: "bad" },
  spinning: { word: "spinning", icon: "spin", tone: "bad" },
  waiting_for_person: { word: "waiting for person", icon: "person", tone: "watch" },
  orphaned: { word: "orphaned", icon: "broken-link", tone: "watch" },
  pid_reused: { word: "pid reused", icon: "swap", tone: "watch" },
  stopped: { word: "stopped", icon: "pause", tone: "watch" },
  detached: { word: "detached", icon: "elsewhere", tone: "quiet" },
  waiting_on_peer: { word: "waiting on peer", icon: "dots", tone: "quiet" },
  waiting_on_child: { word: "waiting on child", icon: "branch", tone: "quiet" },
  sleeping: { word: "sleeping", icon: "moon", tone: "quiet" },
  at_rest: { word: "at rest", icon: "prompt", tone: "quiet" },
  working: { word: "working", icon: "play", tone: "good" },
  not_visible: { word: "not visible", icon: "hidden", tone: "unknown" },
  not_known_yet: { word: "not known yet", icon: "clock", tone: "unknown" },
};

const ORDER = Object.keys(VERDICT_APPEARANCES) as VerdictName[];

/** A newer watchdog, or old history, may have verdicts that this page does not know. */
export function verdictAppearance(name: string): Appearance {
  const known = VERDICT_APPEARANCES[name as VerdictName];
  if (!known) return { word: name.replaceAll("_", " "), icon: "question", tone: "unknown" };
  return { ...known, meaning: VERDICT_MEANINGS[name as VerdictName] };
}

/** Worst first; unknown names come last. */
export function verdictRank(name: string): number {
  const index = ORDER.indexOf(name as VerdictName);
  return index === -1 ? ORDER.length : index;
}

export function sortedCounts(counts: Readonly<Partial<Record<string, number>>>): [string, number][] {
  return Object.entries(counts)
    .filter((entry): entry is [string, number] => (entry[1] ?? 0) > 0)
    .sort(([one], [other]) => verdictRank(one) - verdictRank(other));
}

/**
 * Counts agents that need a person: "1 hung, 2 stopped", "1 hung, 1 gone, 3 others need attention", or "none in trouble,
 * 2 unknown".
 */
export function troubleOf(counts: Readonly<Partial<Record<string, number>>>): string {
  const all = sortedCounts(counts).map(([name, count]) => ({ name, count, ...verdictAppearance(name) }));
  const troubled = all.filter(({ tone }) => tone === "bad" || tone === "watch");
  if (troubled.length === 0) {
    const unknown = all.filter(({ tone }) => tone === "unknown").reduce((sum, { count }) => sum + count, 0);
    return unknown === 0 ? "all healthy" : `none in trouble, ${unknown} unknown`;
  }
  const named = troubled.slice(0, troubled.length > 3 ? 2 : 3);
  const others = troubled.slice(named.length).reduce((sum, { count }) => sum + count, 0);
  const words = named.map(({ count, word }) => `${count} ${word}`);
  return [...words, ...(others > 0 ? [`${others} others need attention`] : [])].join(", ");
}
