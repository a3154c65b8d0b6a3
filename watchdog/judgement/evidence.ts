/** The evidence of a verdict in words with numbers, and the signals that it rests on. */

import { count } from "../words.ts";
import type { Changes } from "./changes.ts";
import type { ProcessSample, Sample } from "./sample.ts";
import { coresInWords, inWords } from "./words.ts";

interface Described {
  readonly evidence: string;
  readonly signals: readonly string[];
}

export function describeWork(changes: Changes, own: number, workingCores: number): Described {
  const parts: string[] = [];
  const signals: string[] = [];
  if (own >= workingCores) signals.push("ticks");
  parts.push(own === 0 ? "no ticks" : `${coresInWords(own)} of its own`);
  if (changes.usage) {
    parts.push("tokens or money were recorded");
    signals.push("usage");
  }
  if (changes.logWritten) {
    parts.push(
      changes.logBytes > 0 ? `its log grew by ${count(changes.logBytes, "byte")}` : "its log was written",
    );
    signals.push("log");
  }
  return said(parts, changes, signals);
}

export function describeChildren(changes: Changes, own: number, children: number, newest: Sample): Described {
  const living = newest.process?.descendants ?? 0;
  const parts = [
    `${own === 0 ? "no ticks" : coresInWords(own)} of its own`,
    `${coresInWords(children)} by its children (${living} living)`,
  ];
  if (changes.family > 0) parts.push(`${count(changes.family, "child", "children")} came or went`);
  const signals = ["ticks"];
  if (changes.childTicks > 0) signals.push("descendants.ticks", "reaped_children_ticks");
  if (changes.family > 0) signals.push("descendants.processes");
  return said(parts, changes, signals);
}

export function describeAwakeChildren(changes: Changes, process: ProcessSample): Described {
  const parts = [
    "itself silent",
    `its ${count(process.descendants, "descendant")} switched ${count(changes.childSwitches, "time")}`,
  ];
  if (changes.childChars > 0) parts.push(`and read or wrote ${count(changes.childChars, "byte")}`);
  const chars = changes.childChars > 0 ? ["descendants.read_chars", "descendants.write_chars"] : [];
  return said(parts, changes, ["descendants.voluntary_context_switches", ...chars]);
}

export function describeStream(changes: Changes): Described {
  const parts = [
    changes.ownTicks === 0 ? "no ticks" : count(changes.ownTicks, "tick"),
    `but ${count(changes.switches, "switch", "switches")}`,
    `${count(changes.chars, "byte")} read or written`,
  ];
  const signals = ["voluntary_context_switches"];
  if (changes.chars > 0) signals.push("read_chars", "write_chars");
  return said(parts, changes, signals);
}

export function describeSilence(
  seconds: number,
  changes: Changes,
  newest: Sample,
  process: ProcessSample,
): Described {
  const nothing = [
    changes.ownTicks === 0 ? "no ticks" : count(changes.ownTicks, "tick"),
    changes.switches === 0 ? "no switches" : count(changes.switches, "switch", "switches"),
  ];
  const signals = ["ticks", "voluntary_context_switches", "reaped_children_ticks", "usage"];
  if (process.switches === undefined) nothing[1] = "switches unknown";
  if (process.chars !== undefined) {
    nothing.push("nothing read or written");
    signals.push("read_chars", "write_chars");
  }
  if (newest.log) {
    nothing.push("no log growth");
    signals.push("log");
  }
  nothing.push("no tokens");
  const parts = [`${nothing.join(", ")} for ${inWords(seconds)}`];
  if (process.descendants > 0) {
    parts.push(
      `${count(process.descendants, "descendant")}, ${process.descendants === 1 ? "" : "all "}asleep`,
    );
    signals.push("descendants.ticks", "descendants.voluntary_context_switches");
  }
  if (process.state === "D") parts.push("it waits for a disk (state D)");
  return { evidence: [...parts, ...heartbeat(newest)].join("; "), signals };
}

export function describeNoProgress(
  seconds: number,
  share: number,
  changes: Changes,
  newest: Sample,
  process: ProcessSample,
): Described {
  const parts = [
    `awake (${count(changes.switches, "switch", "switches")}, ${coresInWords(share)}) but nothing read or written, no tokens${newest.log ? ", no log growth" : ""} for ${inWords(seconds)}`,
    process.descendants > 0
      ? `${count(process.descendants, "descendant")} without progress`
      : "no descendants",
  ];
  const signals = ["ticks", "read_chars", "write_chars", "usage", "descendants.ticks"];
  if (newest.log) signals.push("log");
  return { evidence: [...parts, ...heartbeat(newest)].join("; "), signals };
}

export function describeSpinning(
  seconds: number,
  share: number,
  newest: Sample,
  process: ProcessSample,
): Described {
  const nothing = ["no tokens"];
  const signals = ["ticks", "usage", "descendants.ticks"];
  if (process.chars !== undefined) {
    nothing.unshift("nothing read or written");
    signals.push("read_chars", "write_chars");
  }
  if (newest.log) {
    nothing.push("no log growth");
    signals.push("log");
  }
  const children =
    process.descendants > 0 ? `; ${count(process.descendants, "descendant")} without progress` : "";
  return {
    evidence: `${coresInWords(share)} for ${inWords(seconds)}, but ${nothing.join(", ")}${children}`,
    signals,
  };
}

/** Somebody else may write it for a dead agent: it is told, and decides nothing. */
function heartbeat({ heartbeatAt, at }: Sample): readonly string[] {
  if (heartbeatAt === undefined) return [];
  return [`its last heartbeat is ${inWords(Math.max(0, at - heartbeatAt) / 1000)} old`];
}

function said(parts: readonly string[], { milliseconds }: Changes, signals: readonly string[]): Described {
  return { evidence: `${parts.join(", ")} in the last ${inWords(milliseconds / 1000)}`, signals };
}
