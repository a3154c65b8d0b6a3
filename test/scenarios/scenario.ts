/** What a scenario is: a real process, the truth about it, and what must be said of it by when. */
import type { VerdictName } from "../../watchdog/judgement/verdict.ts";
import type { Peers } from "./peers.ts";
import type { Processes } from "./processes.ts";

/** `stuck`: nothing useful comes any more unless somebody acts. `person`: it asks one. `at_rest`: its turn is over. */
export type Truth = "stuck" | "healthy" | "person" | "at_rest";

/** By when each cause must be named, in seconds. A scenario with several may be named by any of them. */
export const LATEST_SECONDS = {
  /** The kernel says it outright: stopped, frozen, a zombie, gone, another process. */
  state: 0,
  /** Its task is finished, and it lives. */
  finished: 30,
  person: 60,
  /** Nothing outside can wake it, or it waits for a lock. */
  lock: 300,
  computing: 600,
  silent: 720,
  /** The same log line again and again, or one attempt after the other. */
  repeating: 900,
  peer: 960,
  child: 1_200,
} as const;

export type Cause = keyof typeof LATEST_SECONDS;

export interface Label {
  readonly name: string;
  readonly truth: Truth;
  /** Of what is not healthy. */
  readonly causes?: readonly Cause[];
  /** Verdicts that are right; of a healthy one: absent if any will do that is no alarm. */
  readonly right?: readonly VerdictName[];
  /** What the evidence must name, such as a tool. */
  readonly names?: string;
  /** Alarms that are no false ones, though it is healthy: for a while it is stopped, for one. */
  readonly alsoRight?: readonly VerdictName[];
  /** The reason that it is real. */
  readonly why: string;
}

export interface Scenario extends Label {
  /** What it takes beside Node: a program on the PATH, or root. */
  readonly needs?: readonly string[];
  /** It can be distinguished at the short pace too, on a busy machine. */
  readonly short?: true;
  start(stage: Stage): Performance | Promise<Performance>;
}

export type Command = readonly [command: string, ...args: string[]];

export interface Stage {
  readonly processes: Processes;
  /** Servers on loopback. */
  readonly peers: Peers;
  /** A folder of the scenario's own. */
  readonly folder: string;
  /** Seconds of the real world as long as they are to last here. */
  readonly paced: (seconds: number) => number;
  /** Starts a command whose output is the run's log. Returns its pid, as all of these do. */
  run(command: string, ...args: readonly (string | number)[]): number;
  /** The same of `programs/agent.mjs`. */
  agent(behaviour: string, ...args: readonly (string | number)[]): number;
  /** The same of `programs/agent.py`. */
  python(behaviour: string, ...args: readonly (string | number)[]): number;
  /** Starts a command on a terminal of its own, that somebody reads. */
  onTerminal(command: string, ...args: readonly (string | number)[]): Promise<number>;
  agentOnTerminal(behaviour: string, ...args: readonly (string | number)[]): Promise<number>;
  /** Command lines, for what starts them itself. */
  agentCommand(...args: readonly (string | number)[]): Command;
  helperCommand(...args: readonly (string | number)[]): Command;
  pythonCommand(...args: readonly (string | number)[]): Command;
  /** Does it so many paced seconds after the start. */
  after(seconds: number, act: () => unknown): void;
}

/** The run as its orchestrator records it. */
export interface Performance {
  /** Null: none is recorded. */
  readonly pid: number | null;
  /** When the run began, if that is not just now. */
  readonly startedSecondsAgo?: number;
  /** Another host's name. */
  readonly host?: string;
  /** Input tokens that it recorded so far. */
  readonly tokens?: number;
  /** Its task is finished. */
  readonly finished?: boolean;
  /** Somebody renews its heartbeat. */
  readonly heartbeat?: boolean;
  /** The run has no log; else its own one. */
  readonly hasLog?: boolean;
  /** What happens to it after it was seen healthy; only then its truth holds. */
  readonly turn?: () => unknown;
  /** The pid that is recorded after so many paced seconds. */
  readonly late?: { readonly seconds: number; readonly start: () => number };
}
