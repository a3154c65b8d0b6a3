/** The causes of waiting, and the meanings of other words on the page. */
import type { CauseName } from "../judgement/verdict.ts";

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
