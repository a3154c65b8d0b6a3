/** What a simulated agent does from one moment to the next: rates as they were measured of real programs. */
import type { State } from "../watchdog/judgement/readings.ts";
import type { Random } from "./random.ts";

/** What moves in a second, and for how long. */
export interface Phase {
  seconds: number;
  readonly rates: Rates;
  /** Of a tool; they end with the phase. */
  readonly tools?: number;
}

type Rates = { readonly [K in keyof State as State[K] extends number | undefined ? K : never]?: number };

export interface Life {
  state: State;
  phase: Phase;
  /** From when it does what `broken` says, and nothing else. */
  readonly brokenFrom?: number;
  readonly broken?: Rates;
}

/** A short turn between two longer phases: it reads, thinks, and notes what it did. */
const TURN: Phase = { seconds: 2, rates: { ticks: 30, switches: 20, chars: 20_000, log: 60 } };

/** Each lasts from the first to the second number of seconds. */
const PHASES: readonly (readonly [from: number, to: number, rates: Rates, tools?: number])[] = [
  // A model's stream: by Node, by Python or curl, and one that only pings for longer than any threshold.
  [5, 400, { ticks: 0.3, switches: 20, chars: 3_000 }],
  [5, 400, { switches: 20 }],
  [60, 900, { switches: 0.08 }],
  // A call that answers all at once, a back-off, a person to ask: nothing moves.
  [5, 600, {}],
  // Code of its own; with traces, and without any.
  [1, 900, { ticks: 95, chars: 2_000, log: 1 }],
  [1, 560, { ticks: 98 }],
  // Tools: computing, computing while it reads what they say, waiting for something themselves, and out of its tree.
  [2, 1_500, { childTicks: 95 }, 1],
  [
    2,
    1_500,
    { childTicks: 190, childSwitches: 5, childChars: 9_000, chars: 400, switches: 3, ticks: 0.2 },
    6,
  ],
  [5, 590, {}, 2],
  [5, 1_500, { chars: 2, switches: 0.2 }],
  [5, 1_500, { log: 3 }],
];

/** Lives on until then; seconds of the simulated day. */
export function live(life: Life, until: number, random: Random): void {
  while (life.state.seconds < until) {
    const { seconds } = life.state;
    const brokenFrom = life.brokenFrom ?? Number.POSITIVE_INFINITY;
    if (seconds >= brokenFrom) {
      life.state = moved(life.state, life.broken ?? {}, until - seconds);
      continue;
    }
    if (life.phase.seconds <= 0) life.phase = next(life, random);
    const passed = Math.min(life.phase.seconds, until - seconds, brokenFrom - seconds);
    life.state = moved(life.state, life.phase.rates, passed);
    life.phase.seconds -= passed;
  }
}

function next(life: Life, random: Random): Phase {
  const { phase } = life;
  if (phase.tools) life.state = toolsEnded(life.state, phase.tools);
  if (phase.rates !== TURN.rates) {
    life.state = { ...life.state, tokens: life.state.tokens + random.pick([0, 800]) };
    return { ...TURN };
  }
  const [from, to, rates, tools = 0] = random.pick(PHASES);
  life.state = { ...life.state, children: life.state.children + tools };
  return { seconds: random.between(from, to), rates, tools };
}

/** They take their sums with them, save the ticks that their parent gets when it waits for them. */
function toolsEnded(state: State, tools: number): State {
  return {
    ...state,
    children: state.children - tools,
    reaped: state.reaped + state.childTicks,
    childTicks: 0,
    childSwitches: 0,
    childChars: 0,
  };
}

function moved(state: State, rates: Rates, seconds: number): State {
  const sums = Object.entries(rates).map(([key, rate]) => {
    return [key, (state[key as keyof Rates] ?? 0) + rate * seconds];
  });
  return { ...state, ...Object.fromEntries(sums), seconds: state.seconds + seconds };
}
