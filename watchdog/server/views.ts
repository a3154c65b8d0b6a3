/** Builds the answers of the API. */
import { toJson } from "@bufbuild/protobuf";
import {
  type GetMetricsResponse,
  type GetMetricsResponseJson,
  GetMetricsResponseSchema,
} from "../../client/index.ts";
import { type AlertRecord, toAlert } from "../alerts/record.ts";
import type { Target as ApiTarget, Fleet, TargetSummary } from "../api.ts";
import type { Thresholds } from "../config/thresholds.ts";
import { defined } from "../defined.ts";
import { sumByName } from "../history/by-name.ts";
import type { Target } from "../targets/target.ts";

function summaryOf(target: Target, alerts: readonly AlertRecord[], now: number): TargetSummary {
  const { address, totals } = target;
  const verdicts = sumByName(target.agents.map(({ agent }) => [agent.verdict.name, 1]));
  return defined({
    name: address.name,
    url: address.url,
    ...stateOf(target),
    readAt: target.state === "stale" ? target.newAt : target.readAt,
    schemaVersion: target.schemaVersion,
    activeTasks: target.activeTasks,
    agents: target.hasAgents ? target.agents.length : undefined,
    queued: totals.queued,
    queuedTrail: everyFew(target.trail, TRAIL_POINTS).map(({ queued = null }) => queued),
    oldestQueuedSeconds: totals.oldestQueuedSeconds,
    verdicts,
    spentTodayUsd: target.spend(now).todayUsd,
    firing: alerts.filter((alert) => alert.target === address.name && alert.state === "firing").length,
  });
}

/** As many points as a small line can show. */
const TRAIL_POINTS = 20;

/** Returns at most this many values, including the newest. */
function everyFew<T>(items: readonly T[], most: number): readonly T[] {
  const step = Math.max(1, Math.ceil(items.length / most));
  return items.filter((_, index) => (items.length - 1 - index) % step === 0);
}

/** Failed sections count too: a target that answers but reads nothing is not up. */
export function stateOf({ state, note, failures }: Target): Pick<TargetSummary, "state" | "note"> {
  const failed = failures?.failed.filter(({ name }) => !name.includes(".")) ?? [];
  if (state !== "up" || failed.length === 0) return defined({ state, note });
  const reasons = new Set(failed.map(({ error }) => error.message));
  const names = failed.map(({ name }) => name).join(", ");
  return {
    state: failures?.isAll ? "no_data" : "partial",
    note: reasons.size === 1 ? [...reasons].join() : `${names} cannot be read`,
  };
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
  { budget, links }: Thresholds,
  now: number,
): ApiTarget {
  const own = alerts.filter((alert) => alert.target === target.address.name);
  const { envelope } = target;
  return defined({
    now,
    summary: summaryOf(target, own, now),
    envelope: envelope && envelopeJson(envelope),
    agents: target.agents.map(({ agent }) => agent),
    spend: defined({
      ...target.spend(now),
      budgetPerHourUsd: budget.per_hour_usd,
      budgetPerDayUsd: budget.per_day_usd,
      unpricedRuns: target.totals.unpriced,
    }),
    alerts: own.map(toAlert),
    links,
  });
}

/** Includes zeros, since absent means unknown. Undefined for a message that JSON cannot hold, such as a time after 9999. */
function envelopeJson(envelope: GetMetricsResponse): GetMetricsResponseJson | undefined {
  try {
    return toJson(GetMetricsResponseSchema, envelope, { alwaysEmitImplicit: true }) as GetMetricsResponseJson;
  } catch {
    return undefined;
  }
}
