/**
 * What healthy agents do for a while, and what broken ones do forever, with rates per second measured of real
 * programs.
 */
import type { VerdictName } from "../../watchdog/judgement/verdict.ts";
import type { State } from "../watchdog/judgement/readings.ts";
import type { Child, Posture } from "./posture.ts";
import type { Cause } from "./scenario.ts";

/** The changes per second. Clock ticks are hundredths of a second. */
export type Rates = {
  readonly [K in keyof State as State[K] extends number | undefined ? K : never]?: number;
};

export interface Phase {
  /** A duration between these numbers of seconds. */
  readonly lasts: readonly [from: number, to: number];
  readonly rates?: Rates;
  /** Bytes stored per second. */
  readonly stored?: number;
  readonly posture?: Posture;
  /** Only for an agent without other children, because next to a child a planned sleep looks like any wait. */
  readonly isAlone?: true;
  /** Children that start and end with the phase. */
  readonly tools?: readonly Omit<Child, "startedAt">[];
}

export interface Broken extends Phase {
  readonly truth: VerdictName;
  readonly cause: Cause;
}

const loop = (...on: readonly string[]) => ({ kernelFunction: "ep_poll", on });
const MODEL: Posture = { waits: loop("eventfd", "socket"), connections: 1 };
const IN_TERMINAL: Posture = { waits: loop("eventfd", "socket", "terminal"), readsTerminal: true };
const OWN_TIMER: Posture = { waits: loop("eventfd") };
const TOOL: Posture = { waits: loop("eventfd", "socket") };
const LOCK = { waits: { kernelFunction: "futex_wait_queue", on: [] }, isLocked: true } satisfies Posture;
const SLEEP = { kernelFunction: "hrtimer_nanosleep", on: ["timer"] };
/** A spinner that redraws 12 times a second. */
const SPINNER: Rates = { ticks: 0.5, switches: 50, written: 700 };
const PINGS: Rates = { switches: 0.3, chars: 8 };

export const PHASES: readonly Phase[] = [
  // A model's stream in Node, and in Python or curl, one with pings only, and one with a spinner in a
  // terminal.
  { lasts: [5, 900], rates: { ticks: 0.3, switches: 20, chars: 3_000 }, posture: MODEL },
  { lasts: [5, 900], rates: { switches: 20 }, posture: MODEL },
  { lasts: [60, 900], rates: PINGS, posture: MODEL },
  { lasts: [60, 900], rates: SPINNER, posture: { ...IN_TERMINAL, connections: 1 } },
  // A call with a single response, a back-off, a planned sleep, a question to a person.
  { lasts: [5, 900], posture: MODEL },
  { lasts: [5, 280], rates: { switches: 0.05 }, posture: OWN_TIMER },
  { lasts: [120, 3_600], isAlone: true, posture: { waits: { ...SLEEP, timeoutSeconds: 3_600 }, threads: 1 } },
  { lasts: [60, 3_600], rates: { switches: 2, written: 20 }, posture: IN_TERMINAL },
  // The agent's own code, with and without traces.
  { lasts: [1, 900], rates: { ticks: 95, chars: 2_000, log: 60 } },
  { lasts: [1, 560], rates: { ticks: 98 } },
  // Tools that compute and store, that only compute, that wait, and one outside the tree.
  { lasts: [2, 1_500], rates: { childTicks: 95 }, stored: 20_000, posture: TOOL, tools: [{ name: "cargo" }] },
  {
    lasts: [2, 560],
    rates: { childTicks: 190, childSwitches: 5, childChars: 9_000, chars: 400, switches: 3, ticks: 0.2 },
    posture: TOOL,
    tools: ["npm", "node", "node", "node"].map((name) => ({ name })),
  },
  { lasts: [5, 1_100], posture: TOOL, tools: [{ name: "bash" }, { name: "sleep", waits: SLEEP }] },
  { lasts: [5, 900], rates: { chars: 2, switches: 0.2 }, posture: MODEL },
  { lasts: [5, 1_500], rates: { log: 60 }, posture: TOOL },
];

const FOREVER = [0, 0] as const;

export const BROKEN: readonly Broken[] = [
  // The agent's own: a lock, and timers without effect.
  { truth: "hung", cause: "lock", lasts: FOREVER, posture: LOCK },
  { truth: "hung", cause: "lock", lasts: FOREVER, rates: { switches: 1 / 120 }, posture: OWN_TIMER },
  { truth: "hung", cause: "lock", lasts: FOREVER, rates: SPINNER, posture: OWN_TIMER },
  // A dead stream: silent, with pings, and under a spinner.
  { truth: "hung", cause: "peer", lasts: FOREVER, posture: MODEL },
  { truth: "hung", cause: "peer", lasts: FOREVER, rates: PINGS, posture: MODEL },
  {
    truth: "hung",
    cause: "peer",
    lasts: FOREVER,
    rates: SPINNER,
    posture: { ...IN_TERMINAL, connections: 1 },
  },
  // An API that refuses, retried every few seconds.
  {
    truth: "hung",
    cause: "repeating",
    lasts: FOREVER,
    rates: { log: 12, switches: 1, ticks: 0.2 },
    posture: { ...OWN_TIMER, isRepeating: true },
  },
  // A tool that does not return, and one whose spinner continues.
  { truth: "hung", cause: "child", lasts: FOREVER, posture: TOOL, tools: [{ name: "tail" }] },
  {
    truth: "hung",
    cause: "child",
    lasts: FOREVER,
    rates: { childTicks: 0.5, childSwitches: 40, childChars: 300, chars: 300, switches: 20 },
    posture: TOOL,
    tools: [{ name: "npm" }],
  },
  // Endless loops: the agent's own, and a tool's.
  { truth: "spinning", cause: "computing", lasts: FOREVER, rates: { ticks: 99 } },
  {
    truth: "spinning",
    cause: "computing",
    lasts: FOREVER,
    rates: { childTicks: 99 },
    posture: TOOL,
    tools: [{ name: "pytest" }],
  },
  // A tool at the terminal.
  {
    truth: "waiting_for_person",
    cause: "person",
    lasts: FOREVER,
    posture: { waits: loop("eventfd"), readsTerminal: false },
    tools: [{ name: "vi", readsTerminal: true, waits: { kernelFunction: "n_tty_read", on: ["terminal"] } }],
  },
];
