/** The running agents of one target: what is held of each until the next reading, and its verdict. */
import type { GetMetricsResponse } from "../../client/index.ts";
import type { AgentNow } from "../api.ts";
import { defined } from "../defined.ts";
import type { AgentPoint } from "../history/point.ts";
import { judge, keep } from "../judgement/judge.ts";
import type { Observed } from "../judgement/observed.ts";
import { type AgentReading, agentReadings } from "../judgement/reading.ts";
import type { ProcessSample, Sample } from "../judgement/sample.ts";
import { sampleOf } from "../judgement/take-sample.ts";
import type { JudgementThresholds } from "../judgement/thresholds.ts";
import type { Verdict } from "../judgement/verdict.ts";

export interface JudgedAgent {
  readonly reading: AgentReading;
  readonly verdict: Verdict;
  readonly point: AgentPoint;
  /** Absent: its process cannot be read, and nothing was recorded of it. */
  readonly idleSince?: number;
  /** Over the last readings that can be compared. */
  readonly growth?: AgentNow["growth"];
}

/** What is kept over a restart, by run. */
export type HeldAgents = Readonly<Record<string, NonNullable<AgentReading["state"]>>>;

export interface Agents {
  readonly judged: readonly JudgedAgent[];
  judge(envelope: GetMetricsResponse, thresholds: JudgementThresholds): void;
  held(): HeldAgents;
}

export function createAgents(restored: HeldAgents = {}): Agents {
  let fromBefore: ReadonlyMap<string, HeldAgents[string]> | undefined = new Map(Object.entries(restored));
  let readings = new Map<string, readonly AgentReading[]>();
  let judged: readonly JudgedAgent[] = [];
  return {
    get judged() {
      return judged;
    },
    judge(envelope, thresholds) {
      // A list that cannot be read says nothing of the runs that were in it.
      if (envelope.agents === undefined || envelope.agents.error !== undefined) return;
      const next = new Map<string, readonly AgentReading[]>();
      judged = agentReadings(envelope).map((reading) => {
        const { runId } = reading.agent;
        const before = readings.get(runId) ?? resume(fromBefore?.get(runId), reading);
        const held = keep([...before, reading], thresholds);
        next.set(runId, held);
        const verdict = judge(held, thresholds);
        const [last] = before.slice(-1).map(sampleOf);
        const observed = held[0]?.state?.observed as Observed;
        const sample = sampleOf(reading);
        const idleSince = sample.process ? observed.idle.from : observed.recordedAt;
        const point = pointOf(runId, last, sample, verdict);
        const idle = idleSince === undefined ? undefined : Math.round((reading.at - idleSince) / 1000);
        return defined({
          reading,
          verdict,
          idleSince,
          point: defined({ ...point, cause: verdict.cause, idle }),
          growth: growthIn(observed),
        });
      });
      readings = next;
      fromBefore = undefined;
    },
    held() {
      if (fromBefore) return Object.fromEntries(fromBefore);
      return Object.fromEntries(
        [...readings].flatMap(([runId, list]) => {
          const state = list.at(-1)?.state;
          return state ? [[runId, state]] : [];
        }),
      );
    },
  };
}

/**
 * What the reading's predecessors came to, as a reading: of one that has a state nothing else is looked at. What an earlier
 * version kept has another form, and such a run is watched anew.
 */
function resume(state: HeldAgents[string] | undefined, reading: AgentReading): readonly AgentReading[] {
  const known: Partial<HeldAgents[string]["observed"]> = state?.observed ?? {};
  return state && known.idle && known.tools ? [{ ...reading, state }] : [];
}

function growthIn({ recent }: Observed): AgentNow["growth"] {
  const [first, last] = [recent[0], recent.at(-1)];
  if (!first?.process || !last?.process || last.at === first.at) return undefined;
  return defined({
    seconds: (last.at - first.at) / 1000,
    logBytes: first.log && last.log && last.log.bytes - first.log.bytes,
    memoryBytes: last.process.memoryBytes - first.process.memoryBytes,
  });
}

function pointOf(runId: string, before: Sample | undefined, now: Sample, { name }: Verdict): AgentPoint {
  const seconds = before ? (now.at - before.at) / 1000 : 0;
  const [was, is] = [before?.process, now.process];
  const unknown = { runId, cpu: null, childrenCpu: null, switches: null, verdict: name };
  if (!was || !is || seconds <= 0 || was.startTicks !== is.startTicks || before?.bootId !== now.bootId)
    return unknown;
  const cores = (ticks: number) => Math.max(0, ticks) / (now.clkTck || 100) / seconds;
  // A descendant that ends takes its ticks to the reaped ones: only together do they count upwards.
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
