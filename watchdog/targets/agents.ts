/** The running agents of one target: their state between readings, and their verdicts. */
import type { GetMetricsResponse, RunningAgent } from "../../client/index.ts";
import type { AgentNow } from "../api.ts";
import { defined } from "../defined.ts";
import type { AgentPoint } from "../history/point.ts";
import { judge } from "../judgement/judge.ts";
import type { Observed } from "../judgement/observed.ts";
import { agentReadings, type RunState } from "../judgement/reading.ts";
import type { ProcessSample, Sample } from "../judgement/sample.ts";
import type { JudgementThresholds } from "../judgement/thresholds.ts";
import type { Verdict } from "../judgement/verdict.ts";

/** A running agent with the fields that the page lists. The envelope has the rest. */
export interface JudgedAgent {
  readonly agent: AgentFacts;
  readonly verdict: Verdict;
  readonly point: AgentPoint;
  /** Absent: its process cannot be read, and nothing was recorded for it. */
  readonly idleSince?: number;
  /** Changes since the previous reading. */
  readonly growth?: AgentNow["growth"];
}

export type AgentFacts = Pick<
  RunningAgent,
  | "runId"
  | "agent"
  | "model"
  | "taskId"
  | "taskStage"
  | "pid"
  | "host"
  | "presence"
  | "runtimeSeconds"
  | "usage"
>;

/** State by run that is kept until the next reading, and over a restart. */
export type HeldAgents = Readonly<Record<string, RunState>>;

export interface Agents {
  readonly judged: readonly JudgedAgent[];
  judge(envelope: GetMetricsResponse, thresholds: JudgementThresholds): void;
  held(): HeldAgents;
}

export function createAgents(restored: HeldAgents = {}): Agents {
  let states: ReadonlyMap<string, RunState> = new Map(
    Object.entries(restored).filter(([, state]) => isOfThisVersion(state?.observed)),
  );
  let judged: readonly JudgedAgent[] = [];
  return {
    get judged() {
      return judged;
    },
    judge(envelope, thresholds) {
      // A list that cannot be read says nothing about its runs.
      if (envelope.agents === undefined || envelope.agents.error !== undefined) return;
      const next = new Map<string, RunState>();
      judged = agentReadings(envelope).map((reading) => {
        const { runId } = reading.agent;
        const before = states.get(runId);
        const state = judge(before, reading, thresholds);
        next.set(runId, state);
        const { verdict } = state;
        const last = before?.observed.newest;
        const { newest, idle, recordedAt } = state.observed;
        const idleSince = newest.process ? idle.from : recordedAt;
        const point = defined({
          ...pointOf(runId, last, newest, verdict),
          cause: verdict.cause,
          idle: idleSince === undefined ? undefined : Math.round((newest.at - idleSince) / 1000),
        });
        const growth = last && growthBetween(last, newest);
        return defined({ agent: factsOf(reading.agent), verdict, idleSince, point, growth });
      });
      states = next;
    },
    held: () => Object.fromEntries(states),
  };
}

/** State of an earlier version has another form, so such a run is watched from the start. */
function isOfThisVersion(observed: Partial<Observed> | undefined): boolean {
  return observed?.newest !== undefined;
}

function factsOf(running: RunningAgent): AgentFacts {
  const { runId, agent, model, taskId, taskStage, pid, host, presence, runtimeSeconds, usage } = running;
  return defined({ runId, agent, model, taskId, taskStage, pid, host, presence, runtimeSeconds, usage });
}

function growthBetween(before: Sample, now: Sample): AgentNow["growth"] {
  const seconds = (now.at - before.at) / 1000;
  if (!before.process || !now.process || seconds <= 0) return undefined;
  return defined({
    seconds,
    logBytes: before.log && now.log && now.log.bytes - before.log.bytes,
    memoryBytes: now.process.memoryBytes - before.process.memoryBytes,
  });
}

function pointOf(runId: string, before: Sample | undefined, now: Sample, { name }: Verdict): AgentPoint {
  const seconds = before ? (now.at - before.at) / 1000 : 0;
  const [was, is] = [before?.process, now.process];
  const unknown = { runId, cpu: null, childrenCpu: null, switches: null, verdict: name };
  if (!was || !is || seconds <= 0 || was.startTicks !== is.startTicks || before?.bootId !== now.bootId)
    return unknown;
  const cores = (ticks: number) => Math.max(0, ticks) / (now.clkTck || 100) / seconds;
  // The ticks of a descendant that ends move to the reaped ones. Only the sum of both never falls.
  const children = (process: ProcessSample) => process.reapedTicks + process.descendantTicks;
  const switches = (process: ProcessSample) => (process.switches ?? 0) + (process.descendantSwitches ?? 0);
  const areKnown = was.switches !== undefined && is.switches !== undefined;
  return {
    ...unknown,
    cpu: cores(is.ownTicks - was.ownTicks),
    childrenCpu: cores(children(is) - children(was)),
    switches: areKnown ? Math.max(0, switches(is) - switches(was)) / seconds : null,
  };
}
