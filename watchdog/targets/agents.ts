/** The running agents of one target: their state between readings, and their verdicts. */
import type { GetMetricsResponse, RunningAgent } from "../../client/index.ts";
import type { AgentNow } from "../api.ts";
import { defined } from "../defined.ts";
import type { AgentPoint } from "../history/point.ts";
import { cores, NO_CHANGES } from "../judgement/changes.ts";
import { milliseconds } from "../judgement/fields.ts";
import { judge, type RunState } from "../judgement/judge.ts";
import type { Observed } from "../judgement/observed.ts";
import { agentReadings } from "../judgement/reading.ts";
import type { Sample } from "../judgement/sample.ts";
import type { JudgementThresholds } from "../judgement/thresholds.ts";
import { sumOfKnown } from "../sum-of-known.ts";

export interface JudgedAgent {
  readonly agent: AgentNow;
  readonly point: AgentPoint;
  /** Kept until the next reading, and over a restart. */
  readonly state: RunState;
}

/** State by run, stored as JSON. */
export type HeldAgents = Readonly<Record<string, RunState>>;

/** Returns the running agents of an envelope, judged by it and by their states after the one before. */
export function judgeAgents(
  envelope: GetMetricsResponse,
  states: ReadonlyMap<string, RunState>,
  thresholds: JudgementThresholds,
): readonly JudgedAgent[] {
  return agentReadings(envelope).map((reading) => {
    const { agent } = reading;
    const before = states.get(agent.runId);
    const state = judge(before, reading, thresholds);
    const last = before?.observed.newest;
    const point = pointOf(agent.runId, state);
    return { agent: agentOf(agent, last, state, point), point, state };
  });
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

/** Without comparable readings, what changed between them is unknown. */
function pointOf(runId: string, { observed, verdict }: RunState): AgentPoint {
  const { newest, recent } = observed;
  const changes = recent.at(-1) ?? NO_CHANGES;
  const ofChanges = (value: number) => (changes.milliseconds > 0 ? value : null);
  const since = idleSince(observed);
  const areSwitchesKnown = newest.process?.switches !== undefined;
  return defined({
    runId,
    cpu: ofChanges(cores(changes.ownTicks, changes, newest)),
    childrenCpu: ofChanges(cores(changes.childTicks, changes, newest)),
    switches: areSwitchesKnown ? ofChanges((changes.treeSwitches / changes.milliseconds) * 1000) : null,
    verdict: verdict.name,
    cause: verdict.cause,
    idle: since === undefined ? undefined : Math.round((newest.at - since) / 1000),
  });
}
