/** What the API answers, made from what the watchdog knows. */
import { toJson } from "@bufbuild/protobuf";
import {
  type GetMetricsResponse,
  type GetMetricsResponseJson,
  GetMetricsResponseSchema,
} from "../../client/index.ts";
import type { AlertRecord } from "../alerts/record.ts";
import { toAlert } from "../alerts/record.ts";
import type { AgentNow, Target as ApiTarget, Fleet, TargetSummary } from "../api.ts";
import type { Thresholds } from "../config/thresholds.ts";
import { defined } from "../defined.ts";
import type { VerdictName } from "../judgement/verdict.ts";
import type { JudgedAgent } from "../targets/agents.ts";
import type { Target } from "../targets/target.ts";

function summaryOf(target: Target, alerts: readonly AlertRecord[], now: number): TargetSummary {
  const { address, state, note, readAt, totals } = target;
  const verdicts: Partial<Record<VerdictName, number>> = {};
  for (const { verdict } of target.agents) verdicts[verdict.name] = (verdicts[verdict.name] ?? 0) + 1;
  return defined({
    name: address.name,
    url: address.url,
    state,
    note,
    readAt,
    schemaVersion: target.schemaVersion,
    activeTasks: target.activeTasks,
    queued: totals.queued,
    oldestQueuedSeconds: totals.oldestQueuedSeconds,
    verdicts,
    spentTodayUsd: target.spend(now).todayUsd,
    firing: alerts.filter((alert) => alert.target === address.name && alert.state === "firing").length,
  });
}

export interface FleetInput {
  readonly targets: readonly Target[];
  readonly alerts: readonly AlertRecord[];
  readonly recording: Fleet["recording"];
  readonly pollSeconds: number;
  readonly now: number;
}

export function fleetOf({ targets, alerts, recording, pollSeconds, now }: FleetInput): Fleet {
  const byTarget = Map.groupBy(alerts, ({ target }) => target);
  return {
    now,
    pollSeconds,
    targets: targets.map((target) => summaryOf(target, byTarget.get(target.address.name) ?? [], now)),
    recording,
  };
}

export function targetOf(
  target: Target,
  alerts: readonly AlertRecord[],
  { budget }: Thresholds,
  now: number,
): ApiTarget {
  const spent = target.spend(now);
  const own = alerts.filter((alert) => alert.target === target.address.name);
  const { envelope } = target;
  return defined({
    now,
    summary: summaryOf(target, own, now),
    envelope: envelope && envelopeJson(envelope),
    agents: target.agents.map(agentOf),
    spend: defined({
      todayUsd: spent.todayUsd,
      lastHourUsd: spent.lastHourUsd,
      budgetPerHourUsd: budget.per_hour_usd,
      budgetPerDayUsd: budget.per_day_usd,
      unpricedRuns: target.totals.unpriced,
    }),
    alerts: own.map(toAlert),
  });
}

/** With zeros: absent means that it is not known. Undefined for one that JSON cannot hold, such as a time after 9999. */
function envelopeJson(envelope: GetMetricsResponse): GetMetricsResponseJson | undefined {
  try {
    return toJson(GetMetricsResponseSchema, envelope, { alwaysEmitImplicit: true }) as GetMetricsResponseJson;
  } catch {
    return undefined;
  }
}

function agentOf({ agent, verdict }: JudgedAgent): AgentNow {
  return defined({
    runId: agent.runId,
    agent: agent.agent,
    model: agent.model,
    taskId: agent.taskId,
    taskStage: agent.taskStage,
    runtimeSeconds: agent.runtimeSeconds,
    costUsd: agent.usage?.pricedRuns === 0 ? undefined : agent.usage?.costUsd,
    verdict,
  });
}
