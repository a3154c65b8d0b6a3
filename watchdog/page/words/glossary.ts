/** The meanings of the words on the page. docs/hung-or-busy.md has the rules. */
import type { CauseName, VerdictName } from "../../judgement/verdict.ts";

export const VERDICT_MEANINGS: Readonly<Record<VerdictName, string>> = {
  hung: "It made no progress for longer than its cause allows.",
  gone: "The run is not finished, its process does not exist, and nothing of the run grows.",
  zombie: "The process ended, but its parent has not reaped it.",
  spinning: "It computes without making progress.",
  waiting_for_person: "It reads a terminal, and a person must answer.",
  orphaned: "Its task is finished, but its process still runs.",
  pid_reused: "Its PID now belongs to another process.",
  stopped: "The process, or a child of it, is stopped or frozen.",
  detached: "Its recorded process ended, but the work continues elsewhere.",
  waiting_on_peer: "It waits for another program, usually for the model's answer.",
  waiting_on_child: "It waits for a program that it started.",
  sleeping: "It sleeps on its own timer.",
  at_rest: "It waits at its prompt for its first task.",
  working: "It made progress in the last minute, or it computes.",
  not_visible: "The service cannot see its process.",
  not_known_yet: "There are too few readings for a verdict.",
};

export const CAUSES: Readonly<Record<CauseName, { readonly word: string; readonly meaning: string }>> = {
  peer: { word: "a peer", meaning: "A program at the other end of a connection, such as the model's API." },
  child: { word: "a child", meaning: "A program that it started." },
  lock: { word: "a lock", meaning: "A lock that another thread or process holds." },
  nothing: { word: "nothing outside", meaning: "Only its own timers and threads can wake it." },
  file: { word: "a file system", meaning: "A mount that does not answer." },
  sleep: { word: "its timer", meaning: "Its own timer." },
  unknown: { word: "unknown", meaning: "The kernel does not show what it waits for." },
};

export const causeWord = (name: string): string =>
  CAUSES[name as CauseName]?.word ?? name.replaceAll("_", " ");

export const TERMS = {
  progress:
    "Tokens, money or a step were recorded, the log has new lines, a tool was started, or files were stored.",
  housekeeping: "Wake-ups of a runtime that makes no progress.",
  ticks: "CPU time as the kernel counts it, usually 100 ticks a second.",
  switches: "Voluntary context switches: how often its threads stopped running to wait for something.",
  breaker: "Opens after repeated failures, and blocks calls to a service until the next try.",
  gate: "Only one task at a time may hold it.",
  stage: "The step of its workflow that a task is in.",
  unpriced: "The cost of the run was not recorded. It was not necessarily free.",
} as const;

export type TermName = keyof typeof TERMS;
