/** What a simulated agent does from one moment to the next, with rates measured of real programs. */
import type { State } from "../watchdog/judgement/readings.ts";
import { PHASES, type Phase, type Rates } from "./phases.ts";
import type { Child, Posture, Simulated } from "./posture.ts";
import type { Random } from "./random.ts";

export interface Life {
  simulated: Simulated;
  /** The remaining time of the current phase, and the phase. Without one: a turn between two phases. */
  phase: { seconds: number; readonly does?: Phase; readonly tools: readonly string[] };
  /** The agent's own process is a wrapper, such as `sh -c`, and a child does the agent's work. */
  readonly isWrapped: boolean;
  /** From this time on it does only what `broken` says. */
  readonly brokenFrom?: number;
  readonly broken?: Phase;
}

/** A short turn between two longer phases: the agent reads, thinks, and logs what it did. */
const TURN_SECONDS = 2;
const TURN: Rates = { ticks: 30, switches: 20, chars: 20_000, log: 60 };

/** Simulates until that time, in seconds of the simulated day. */
export function live(life: Life, until: number, random: Random): void {
  while (life.simulated.state.seconds < until) {
    const { seconds } = life.simulated.state;
    const brokenFrom = life.brokenFrom ?? Number.POSITIVE_INFINITY;
    if (seconds >= brokenFrom && life.phase.does !== life.broken) {
      record(life, 800);
      begin(life, life.broken, Infinity);
    } else if (life.phase.seconds <= 0) next(life, random);
    const passed = Math.min(
      life.phase.seconds,
      until - seconds,
      seconds < brokenFrom ? brokenFrom - seconds : Infinity,
    );
    const { does } = life.phase;
    life.simulated = moved(life, does ? (does.rates ?? {}) : TURN, does?.stored ?? 0, passed);
    life.phase.seconds -= passed;
  }
}

function next(life: Life, random: Random): void {
  if (life.phase.does === undefined) {
    const isAlone = life.simulated.children.length === 0;
    const phase = random.pick(PHASES.filter((one) => isAlone || !one.isAlone));
    const [from, to] = phase.lasts;
    begin(life, phase, random.between(from, to));
    return;
  }
  begin(life, undefined, TURN_SECONDS);
  record(life, random.pick([0, 800]));
}

function record(life: Life, tokens: number): void {
  const { state } = life.simulated;
  life.simulated = { ...life.simulated, state: { ...state, tokens: state.tokens + tokens } };
}

/** Ends the tools of the previous phase, and starts those of the next. */
function begin(life: Life, does: Phase | undefined, seconds: number): void {
  const { children, state } = toolsEnded(life.simulated, life.phase.tools);
  const startedAt = state.seconds;
  const tools = does?.tools ?? [];
  const started = tools.map((tool): Child => ({ waits: { kernelFunction: "", on: [] }, ...tool, startedAt }));
  life.simulated = {
    ...life.simulated,
    state,
    children: [...children, ...started],
    posture: does?.posture ?? {},
  };
  life.phase = { seconds, tools: tools.map(({ name }) => name), ...(does && { does }) };
}

/**
 * Removes the tools with their counters, except for the ticks that their parent gets when it waits for them.
 */
function toolsEnded(run: Simulated, tools: readonly string[]): Simulated {
  if (tools.length === 0) return run;
  const { state } = run;
  const children = run.children.slice(0, run.children.length - tools.length);
  const isAlone = children.length === 0;
  return {
    ...run,
    children,
    state: {
      ...state,
      reaped: state.reaped + state.childTicks,
      childTicks: 0,
      childSwitches: isAlone ? 0 : state.childSwitches,
      childChars: isAlone ? 0 : state.childChars,
    },
  };
}

const OF_CHILDREN: Partial<Record<keyof Rates, keyof Rates>> = {
  ticks: "childTicks",
  switches: "childSwitches",
  chars: "childChars",
};

function moved(
  { simulated: run, isWrapped }: Life,
  { written = 0, ...rates }: Rates,
  stored: number,
  seconds: number,
): Simulated {
  const { state } = run;
  const sums: Record<string, number> = isWrapped
    ? {}
    : { written: state.written + written * seconds, chars: (state.chars ?? 0) + written * seconds };
  for (const [key, rate] of Object.entries(rates) as [keyof Rates, number][]) {
    const counted = (isWrapped && OF_CHILDREN[key]) || key;
    sums[counted] = (sums[counted] ?? state[counted] ?? 0) + rate * seconds;
  }
  return {
    ...run,
    stored: run.stored + stored * seconds,
    childWritten: run.childWritten + (isWrapped ? written * seconds : 0),
    state: { ...state, ...sums, seconds: state.seconds + seconds } as State,
  };
}

/** Returns the run with a wrapper that waits for a child, which has the agent's posture. */
export function wrapped(run: Simulated): Simulated {
  const { posture, children } = run;
  const [inner, ...others] = children;
  if (!inner) return run;
  const { waits, readsTerminal, ...ofTree } = posture;
  const own: Posture = {
    ...ofTree,
    isLocked: false,
    threads: 1,
    waits: { kernelFunction: "do_wait", on: ["child"] },
  };
  const stands = { ...inner, ...(waits && { waits }), ...(readsTerminal && { readsTerminal }) };
  return { ...run, posture: own, children: [stands, ...others] };
}
