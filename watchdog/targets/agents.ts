/** The running agents of one target: their state between readings, and their verdicts. */
import type { GetMetricsResponse, RunningAgent } from "../../client/index.ts";
import type { AgentNow } from "../api.ts";
import { defined } from "../defined.ts";
import type { AgentPoint } from "../history/point.ts";
import { changesBetween, cores } from "../judgement/changes.ts";
import { milliseconds, readable } from "../judgement/fields.ts";
import { judge, type RunState } from "../judgement/judge.ts";
import type { Observed } from "../judgement/observed.ts";
import { agentReadings } from "../judgement/reading.ts";
import type { Sample } from "../judgement/sample.ts";
import type { JudgementThresholds } from "../judgement/thresholds.ts";
import { sumOfKnown } from "../sum-of-known.ts";

export interface JudgedAgent {
  readonly agent: AgentNow;
  readonly presence: string;
  readonly point: AgentPoint;
}

/** State by run that is kept until the next reading, and over a restart. */
export type HeldAgents = Readonly<Record<string, RunState>>;

export function createAgents(restored: HeldAgents = {}) {
  let states: ReadonlyMap<string, RunState> = new Map(
    Object.entries(restored).filter(([, state]) => isOfThisVersion(state?.observed)),
  );
  let judged: readonly JudgedAgent[] = [];
  return {
    get judged() {
      return judged;
    },
    judge(envelope: GetMetricsResponse, thresholds: JudgementThresholds): void {
      // A list that cannot be read says nothing about its runs.
      if (!readable(envelope.agents)) return;
      const next = new Map<string, RunState>();
      judged = agentReadings(envelope).map((reading) => {
        const { agent } = reading;
        const { runId, presence } = agent;
        const before = states.get(runId);
        const state = judge(before, reading, thresholds);
        next.set(runId, state);
        const last = before?.observed.newest;
        const point = pointOf(runId, last, state);
        return { agent: agentOf(agent, last, state, point), presence, point };
      });
      states = next;
    },
    held: (): HeldAgents => Object.fromEntries(states),
  };
}

/** State of an earlier version has another form, so such a run is watched from the start. */
function isOfThisVersion(observed: Partial<Observed> | undefined): boolean {
  return observed?.newest !== undefined;
}

/** Since the last progress; undefined: its process cannot be read, and nothing was recorded for it. */
function idleSince({ newest, idle, recordedAt }: Observed): number | undefined {
  return newest.process ? idle.from : recordedAt;
}

function agentOf(
  agent: RunningAgent,
  last: Sample | undefined,
  { observed, verdict }: RunState,
  { cpu, childrenCpu }: AgentPoint,
): AgentNow {
  const { process, log, usage } = agent;
  return defined({
    runId: agent.runId,
    agent: agent.agent,
    model: agent.model,
    taskId: agent.taskId,
    taskStage: agent.taskStage,
    runtimeSeconds: agent.runtimeSeconds,
    costUsd: usage?.pricedRuns === 0 ? undefined : usage?.costUsd,
    tokens: sumOfKnown([
      ...[usage?.inputTokens, usage?.outputTokens],
      ...[usage?.cacheReadTokens, usage?.cacheCreationTokens],
    ]),
    pid: agent.pid,
    program: process?.program || process?.name || undefined,
    cores: cpu === null ? undefined : cpu + (childrenCpu ?? 0),
    logWrittenAt: milliseconds(log?.modifiedAt),
    host: agent.host || undefined,
    idleSince: idleSince(observed),
    growth: last && growthBetween(last, observed.newest),
    verdict,
  });
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

function pointOf(runId: string, before: Sample | undefined, { observed, verdict }: RunState): AgentPoint {
  const { newest } = observed;
  const since = idleSince(observed);
  const point = defined({
    ...{ runId, cpu: null, childrenCpu: null, switches: null, verdict: verdict.name, cause: verdict.cause },
    idle: since === undefined ? undefined : Math.round((newest.at - since) / 1000),
  });
  const [was, is] = [before?.process, newest.process];
  if (!before || !was || !is || before.at >= newest.at) return point;
  if (was.startTicks !== is.startTicks || before.bootId !== newest.bootId) return point;
  const changes = changesBetween(before, newest);
  const areKnown = was.switches !== undefined && is.switches !== undefined;
  return {
    ...point,
    cpu: Math.max(0, cores(changes.ownTicks, changes, newest)),
    childrenCpu: cores(changes.childTicks, changes, newest),
    switches: areKnown ? (changes.treeSwitches / changes.milliseconds) * 1000 : null,
  };
}
