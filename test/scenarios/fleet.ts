/**
 * A simulated day of a mixed fleet, poll by poll: some agents start to hang or spin until someone ends them,
 * and the observer is away at times.
 */

import type { AgentReading } from "../../watchdog/judgement/reading.ts";
import type { VerdictName } from "../../watchdog/judgement/verdict.ts";
import { AT_FIRST, type State } from "../watchdog/judgement/readings.ts";
import { type Life, live, wrapped } from "./life.ts";
import { BROKEN } from "./phases.ts";
import { type Child, readingOf } from "./posture.ts";
import { type Random, randomFrom } from "./random.ts";
import type { Cause } from "./scenario.ts";

export interface Incident {
  readonly truth: VerdictName;
  readonly cause: Cause;
  /** Seconds since the start of the day, as everywhere here. */
  readonly since: number;
}

export interface Seen {
  /** Unique per run. */
  readonly run: string;
  readonly reading: AgentReading;
  /** What is wrong with it now. */
  readonly incident?: Incident;
}

export interface Poll {
  readonly seconds: number;
  /** The time from which readings are comparable without a break. */
  readonly unbrokenSince: number;
  readonly agents: readonly Seen[];
}

const DAY = 86_400;
const POLL = 15;
/** The time that the agent of a finished task takes to end. */
const TIDIES_UP = 20;

/** Nothing is read between these two times. While the machine sleeps, nothing changes either. */
const AWAY = [
  { from: 9_000, to: 9_400, why: "the watchdog restarts" },
  { from: 20_000, to: 21_500, why: "the watchdog restarts" },
  { from: 40_000, to: 47_200, why: "the machine sleeps" },
  { from: 60_000, to: 60_180, why: "the machine restarts" },
] as const;
const DATABASE_REPLACED = [30_000, 70_000];

/** An idle server on a pipe. */
const HELPER_WAITS = { kernelFunction: "ep_poll", on: ["eventfd"] } as const;

interface Agent extends Life {
  readonly run: string;
  readonly endsAt: number;
  readonly incident?: Incident;
}

export function* simulateDay(size: number, seed: number): Generator<Poll> {
  const random = randomFrom(seed);
  let runs = 0;
  const start = (now: number) => {
    runs += 1;
    return newAgent(random, `run ${runs}`, now);
  };
  let agents = Array.from({ length: size }, () => start(0));
  let unbrokenSince = 0;
  let bootId = "first";

  for (let now = 0; now < DAY; now += POLL + random.between(-1, 1)) {
    const away = AWAY.find(({ from, to }) => now >= from && now < to);
    if (away) {
      unbrokenSince = now = away.to;
      if (away.why === "the machine sleeps") agents = agents.map((agent) => slept(agent, now));
      if (away.why === "the machine restarts") {
        bootId = "second";
        agents = agents.map(() => start(now));
      }
    }
    const replaced = DATABASE_REPLACED.findLast((at) => at <= now) ?? 0;
    unbrokenSince = Math.max(unbrokenSince, replaced);
    agents = agents.map((agent) => (agent.endsAt <= now ? start(now) : agent));
    for (const agent of agents) live(agent, now, random);
    const source = { bootId, sourceEpoch: String(replaced) };
    yield { seconds: now, unbrokenSince, agents: agents.map((agent) => seen(agent, source, now)) };
  }
}

function newAgent(random: Random, run: string, now: number): Agent {
  const healthyUntil = now + random.between(600, 6 * 3_600);
  const broken = random.between(0, 1) < 0.4 ? undefined : random.pick(BROKEN);
  const isWrapped = random.pick([false, false, true]);
  const helpers = random.pick([[], [], ["mcp-server"], ["mcp-server", "language-server"]]);
  const names = [...(isWrapped ? ["node"] : []), ...helpers];
  const children = names.map((name): Child => ({ name, startedAt: now, waits: HELPER_WAITS }));
  const state = { ...AT_FIRST, seconds: now, startTicks: Math.round(now * 100) };
  const life = {
    run,
    isWrapped,
    simulated: { state, stored: 0, childWritten: 0, posture: {}, children },
    phase: { seconds: 0, tools: [] },
  };
  if (broken === undefined) return { ...life, endsAt: healthyUntil };
  const { truth, cause } = broken;
  // A helper or a nested process hides that nothing outside can wake the agent.
  const shown = names.length > 0 && cause === "lock" ? "child" : cause;
  return {
    ...life,
    brokenFrom: healthyUntil,
    broken,
    incident: { truth, cause: shown, since: healthyUntil },
    // The person who ends it checks on it occasionally.
    endsAt: healthyUntil + random.between(1_500, 3_600),
  };
}

function slept(agent: Agent, until: number): Agent {
  const { simulated } = agent;
  return { ...agent, simulated: { ...simulated, state: { ...simulated.state, seconds: until } } };
}

function seen(agent: Agent, source: Pick<State, "bootId" | "sourceEpoch">, now: number): Seen {
  const { run, simulated, incident, endsAt, isWrapped } = agent;
  const whole = Object.fromEntries(
    Object.entries(simulated.state).map(([key, value]) => [
      key,
      typeof value === "number" && key !== "seconds" ? Math.floor(value) : value,
    ]),
  );
  const taskFinished = incident === undefined && endsAt - now < TIDIES_UP;
  const state = { ...(whole as unknown as State), ...source, taskFinished };
  const { stored, childWritten } = simulated;
  const shown = {
    ...simulated,
    state,
    stored: Math.floor(stored),
    childWritten: Math.floor(childWritten),
  };
  const reading = readingOf(isWrapped ? wrapped(shown) : shown);
  return incident && incident.since <= now ? { run, reading, incident } : { run, reading };
}
