/** The words, icons and meanings of the verdicts. Shape and word carry the meaning; the tone only supports it. */
import type { VerdictName } from "../judgement/verdict.ts";
import type { IconName } from "./icons.ts";

/** `quiet`: nothing to do; `watch`: check it; `bad`: act; `unknown`: cannot be judged. */
export type Tone = "good" | "quiet" | "watch" | "bad" | "unknown";

export interface Appearance {
  readonly word: string;
  readonly icon: IconName;
  readonly tone: Tone;
  readonly meaning?: string | undefined;
}

export const look = (word: string, icon: IconName, tone: Tone, meaning?: string): Appearance => ({
  word,
  icon,
  tone,
  meaning,
});

type Look = readonly [icon: IconName, tone: Tone, meaning?: string];

/** Ordered by urgency. docs/hung-or-busy.md has the rules. */
const VERDICTS: Readonly<Record<VerdictName, Look>> = {
  hung: ["octagon", "bad", "It made no progress for longer than its cause allows."],
  gone: [
    "dashed-circle",
    "bad",
    "The run is not finished, its process does not exist, and nothing of the run grows.",
  ],
  zombie: ["crossed-circle", "bad", "The process ended, but its parent has not reaped it."],
  spinning: ["spin", "bad", "It computes without making progress."],
  waiting_for_person: ["person", "watch", "It reads a terminal, and a person must answer."],
  orphaned: ["broken-link", "watch", "Its task is finished, but its process still runs."],
  pid_reused: ["swap", "watch", "Its PID now belongs to another process."],
  stopped: ["pause", "watch", "The process, or a child of it, is stopped or frozen."],
  detached: ["elsewhere", "quiet", "Its recorded process ended, but the work continues elsewhere."],
  waiting_on_peer: ["dots", "quiet", "It waits for another program, usually for the model's answer."],
  waiting_on_child: ["branch", "quiet", "It waits for a program that it started."],
  sleeping: ["moon", "quiet", "It sleeps on its own timer."],
  at_rest: ["prompt", "quiet", "It waits at its prompt for its first task."],
  working: ["play", "good", "It made progress in the last minute, or it computes."],
  not_visible: ["hidden", "unknown", "The service cannot see its process."],
  not_known_yet: ["clock", "unknown", "There are too few readings for a verdict."],
};

export const VERDICT_NAMES = Object.keys(VERDICTS) as VerdictName[];

/** A newer watchdog, or old history, may have verdicts that this page does not know. */
const OTHER: Look = ["question", "unknown"];

export function verdictAppearance(name: string): Appearance {
  const [icon, tone, meaning] = VERDICTS[name as VerdictName] ?? OTHER;
  return look(name.replaceAll("_", " "), icon, tone, meaning);
}

/** Worst first; unknown names come last. */
export function verdictRank(name: string): number {
  const index = VERDICT_NAMES.indexOf(name as VerdictName);
  return index === -1 ? VERDICT_NAMES.length : index;
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
