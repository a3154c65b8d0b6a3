/** A scenario: a real process, the truth about it, and the verdict that must be given in time. */
import type { VerdictName } from "../../watchdog/judgement/verdict.ts";
import type { Peers } from "./peers.ts";
import type { Processes } from "./processes.ts";

/**
 * `stuck`: makes no useful progress unless someone acts. `person`: asks a person. `at_rest`: its turn is
 * over.
 */
export type Truth = "stuck" | "healthy" | "person" | "at_rest";

/** The time limits to detect each cause, in seconds. With several causes, any of them may be detected. */
export const LATEST_SECONDS = {
  /** The kernel reports it: stopped, frozen, a zombie, gone, another process. */
  state: 0,
  /** Its task is finished, but it is still alive. */
  finished: 30,
  person: 60,
  /** Nothing outside can wake it, or it waits for a lock. */
  lock: 300,
  computing: 600,
  silent: 720,
  /** The same log line repeatedly, or one attempt after another. */
  repeating: 900,
  peer: 960,
  child: 1_200,
} as const;

export type Cause = keyof typeof LATEST_SECONDS;

export interface Label {
  readonly name: string;
  readonly truth: Truth;
  /** For unhealthy agents. */
  readonly causes?: readonly Cause[];
  /** The right verdicts. Absent for a healthy agent: any verdict that raises no alarm. */
  readonly right?: readonly VerdictName[];
  /** What the evidence must name, such as a tool. */
  readonly names?: string;
  /** Alarms that are not false although the agent is healthy, for example while it is suspended. */
  readonly alsoRight?: readonly VerdictName[];
  /** The evidence that this happens in practice. */
  readonly why: string;
}

export interface Scenario extends Label {
  /** What it needs besides Node: a program in the PATH, or root. */
  readonly needs?: readonly string[];
  /** It can also be distinguished at the short pace, on a busy machine. */
  readonly short?: true;
  start(stage: Stage): Performance | Promise<Performance>;
}

export type Command = readonly [command: string, ...args: string[]];

export interface Stage {
  readonly processes: Processes;
  /** Servers on loopback. */
  readonly peers: Peers;
  /** The scenario's own folder. */
  readonly folder: string;
  /** Converts seconds of the real world to their duration here. */
  readonly paced: (seconds: number) => number;
  /** Starts a command whose output is the run's log. Returns its pid, as do all of these. */
  run(command: string, ...args: readonly (string | number)[]): number;
  /** The same for `programs/agent.mjs`. */
  agent(behaviour: string, ...args: readonly (string | number)[]): number;
  /** The same for `programs/agent.py`. */
  python(behaviour: string, ...args: readonly (string | number)[]): number;
  /** Starts a command on a separate terminal whose output is read. */
  onTerminal(command: string, ...args: readonly (string | number)[]): Promise<number>;
  agentOnTerminal(behaviour: string, ...args: readonly (string | number)[]): Promise<number>;
  /** Command lines for programs that start them. */
  agentCommand(...args: readonly (string | number)[]): Command;
  helperCommand(...args: readonly (string | number)[]): Command;
  pythonCommand(...args: readonly (string | number)[]): Command;
  /** Runs `act` that many paced seconds after the start. */
  after(seconds: number, act: () => unknown): void;
}

/** The run as its orchestrator records it. */
export interface Performance {
  /** Null: none is recorded. */
  readonly pid: number | null;
  /** The age of the run, if it did not just start. */
  readonly startedSecondsAgo?: number;
  /** Another host's name. */
  readonly host?: string;
  /** Input tokens recorded so far. */
  readonly tokens?: number;
  /** Its task is finished. */
  readonly finished?: boolean;
  /** Something renews its heartbeat. */
  readonly heartbeat?: boolean;
  /** Whether the run has its own log. */
  readonly hasLog?: boolean;
  /** Runs once it was seen healthy. The truth holds only from then on. */
  readonly turn?: () => unknown;
  /** The pid that is recorded after that many paced seconds. */
  readonly late?: { readonly seconds: number; readonly start: () => number };
}
