/** Decides whether a run waits for a person: a process of it reads a terminal in the foreground. */
import { duration } from "../words/text.ts";
import { connectionsIn, isLoop } from "./cause.ts";
import { treeCores } from "./changes.ts";
import type { Observed } from "./observed.ts";
import type { ProcessSample, Sample, TaskSample } from "./sample.ts";
import type { JudgementThresholds } from "./thresholds.ts";
import type { Finding } from "./verdict.ts";

/**
 * Less than a spinner draws in a minute, but more than a clock, a blinking cursor, or the bytes with which threads wake
 * each other. Measured beside storage: up to 5 kB at rest, 16 kB to 1.3 MB within a turn.
 */
const DRAWN_BYTES_PER_MINUTE = 8 * 1024;

/** Fewer than a spinner causes, at least 8 a second, but more than a clock or a blinking cursor. */
const ANIMATED_SWITCHES_PER_SECOND = 5;

/** In seconds. A wrapper starts the agent at once; a tool is started later. */
const WRAPPED_SECONDS = 60;

export function personNeeded(observed: Observed, thresholds: JudgementThresholds): Finding | undefined {
  const { idle, newest } = observed;
  const process = newest.process as ProcessSample;
  const seconds = (newest.at - idle.from) / 1000;
  const readers = [process, ...process.youngest].filter(
    (task) => task.readsTerminal || isHiddenPrompt(task, process),
  );
  const [reader] = readers;
  const share = treeCores(idle.changes, newest);
  if (seconds < thresholds.person_seconds || share >= thresholds.spinning_cores) return undefined;
  const said = (name: "waiting_for_person" | "at_rest", what: string): Finding => ({
    name,
    evidence: `${what}; no progress for ${duration(seconds)}`,
    signals: ["terminal", "wait"],
    since: idle.from,
  });
  if (!reader) {
    const hidden = seconds >= thresholds.hung_seconds ? hiddenAtTerminal(observed, process) : undefined;
    if (!hidden) return undefined;
    const what = `or hangs: \`${hidden.name}\` sleeps in the foreground of its terminal, and the kernel does not show whether it reads`;
    // A child may be a tool that asks.
    return hasBegun(observed) || hidden !== process
      ? said("waiting_for_person", `waits for a person, ${what}`)
      : said("at_rest", `at rest, ${what}`);
  }
  const tool = readers.find((one) => !isInterface(one, newest, process));
  if (tool) return said("waiting_for_person", `waits for a person: \`${tool.name}\` reads the terminal`);
  // Within a turn, the interface draws a spinner and has a connection.
  const { writtenChars, storageBytes, milliseconds } = idle.changes;
  const drawn = ((writtenChars - storageBytes) * 60_000) / Math.max(1, milliseconds);
  if (connectionsIn(observed) > 0 && drawn > DRAWN_BYTES_PER_MINUTE) return undefined;
  return hasBegun(observed)
    ? said(
        "waiting_for_person",
        `waits for a person, or for the next task: \`${reader.name}\` reads the terminal`,
      )
    : said("at_rest", `at rest: \`${reader.name}\` reads the terminal, and no work has started`);
}

/** Returns whether it is the agent's own event loop, as opposed to a tool that asks: an editor, a pager, a prompt. */
function isInterface(reader: TaskSample, { clkTck }: Sample, process: ProcessSample): boolean {
  const isYoung = reader.startTicks - process.startTicks > WRAPPED_SECONDS * clkTck;
  return isLoop(reader.waitsIn) && !isYoung;
}

/** A tool that changed its user, such as sudo at its password prompt, may not be readable. It sleeps in the foreground. */
function isHiddenPrompt(task: TaskSample, process: ProcessSample): boolean {
  const isHidden = process.waitsIn !== undefined && task.waitsIn === undefined;
  return isHidden && task === process.youngest[0] && task.isForeground && task.state === "S";
}

/**
 * Returns the task in the foreground of the terminal if the kernel shows no wait of the tree, as for another user. An
 * interface draws a spinner within a turn, so one that hardly wakes is not within a turn.
 */
function hiddenAtTerminal({ idle }: Observed, process: ProcessSample): TaskSample | undefined {
  const task = process.youngest[0] ?? process;
  const isHidden = process.waitsIn === undefined && task.waitsIn === undefined;
  const { treeSwitches, milliseconds } = idle.changes;
  const isAnimated = (treeSwitches * 1000) / milliseconds >= ANIMATED_SWITCHES_PER_SECOND;
  return isHidden && !isAnimated && task.isForeground && task.state === "S" ? task : undefined;
}

/** Returns whether anything was recorded for the run. What an interface stores when it starts does not count. */
function hasBegun({ recordedAt, newest: { usage = [], log, progressAt } }: Observed): boolean {
  const isRecorded = recordedAt !== undefined || progressAt !== undefined;
  return isRecorded || usage.some((sum) => sum > 0) || (log?.bytes ?? 0) > 0;
}
