/**
 * The state of a simulated process tree at one moment: what does not accumulate over time, and what it waits
 * for.
 */
import { create } from "@bufbuild/protobuf";
import {
  type ChildProcess,
  ChildProcessSchema,
  ConnectionsSchema,
  TerminalSchema,
  WaitSchema,
} from "../../gen/orchestrator/metrics/v1/metrics_pb.js";
import type { AgentReading } from "../../watchdog/judgement/reading.ts";
import { reading, type State } from "../watchdog/judgement/readings.ts";

export interface Waiting {
  readonly kernelFunction: string;
  readonly on: readonly string[];
  /** A timeout in the call's arguments. */
  readonly timeoutSeconds?: number;
}

export interface Child {
  readonly name: string;
  /** Seconds of the simulated day. */
  readonly startedAt: number;
  readonly waits?: Waiting;
  /** It is in the foreground of a terminal, and reads it. */
  readonly readsTerminal?: boolean;
}

export interface Posture {
  readonly waits?: Waiting;
  readonly readsTerminal?: boolean;
  readonly threads?: number;
  /** TCP connections of the whole tree. */
  readonly connections?: number;
  /** Each thread waits for a lock. */
  readonly isLocked?: boolean;
  /** The log repeats the same line. */
  readonly isRepeating?: boolean;
}

/** What a simulated run has done, and the state of its tree. */
export interface Simulated {
  readonly state: State;
  /** Bytes stored by the tree. */
  readonly stored: number;
  /** Characters that children wrote. */
  readonly childWritten: number;
  readonly posture: Posture;
  /** Oldest first. */
  readonly children: readonly Child[];
}

/** The number of children that the service reports. */
const YOUNGEST = 8;
const LINE_BYTES = 60;
const COUNTED_LINES = 4096 / LINE_BYTES;

export function readingOf({ state, stored, childWritten, posture, children }: Simulated): AgentReading {
  const made = reading({
    ...state,
    threads: posture.threads ?? state.threads,
    children: children.length,
  });
  const { log, process } = made.agent;
  if (log) {
    const lines = Math.min(COUNTED_LINES, log.sizeBytes / LINE_BYTES);
    log.recentLines = Math.ceil(lines);
    log.recentDistinctLines = posture.isRepeating ? 1 : Math.ceil(lines);
  }
  if (!process) return made;
  process.storageWriteBytes = stored;
  process.threadWaits = posture.isLocked
    ? { futex_wait_queue: process.threads }
    : { ep_poll: 1, futex_wait_queue: process.threads };
  process.connections = create(ConnectionsSchema, { established: posture.connections ?? 0 });
  process.frozen = false;
  Object.assign(process, waitOf(posture));
  if (process.descendants) {
    process.descendants.states = children.length > 0 ? { S: children.length } : {};
    process.descendants.storageWriteBytes = 0;
    process.descendants.writeChars = childWritten;
    process.descendants.youngest = children.slice(-YOUNGEST).reverse().map(childOf);
  }
  return made;
}

function childOf({ name, startedAt, ...waiting }: Child, index: number): ChildProcess {
  const startTicks = Math.round(startedAt * 100);
  return create(ChildProcessSchema, { pid: index + 1, name, state: "S", startTicks, ...waitOf(waiting) });
}

/** Creates new messages on each call. */
function waitOf({ waits, readsTerminal }: Pick<Posture, "waits" | "readsTerminal">) {
  return {
    ...(waits && { wait: create(WaitSchema, { ...waits, on: [...waits.on] }) }),
    ...(readsTerminal && { terminal: create(TerminalSchema, { foreground: true, reads: true }) }),
  };
}
