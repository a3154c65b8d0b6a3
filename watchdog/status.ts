/** `orch-watchdog status`: a running watchdog in one line or as compact JSON, without names, paths or texts. */
import type { Alert, Alerts, Fleet } from "./api.ts";
import { asking } from "./ask.ts";
import type { Config } from "./config/settings.ts";
import { sumByName } from "./history/by-name.ts";
import { sumOfKnown } from "./sum-of-known.ts";
import { formatMoney } from "./words/format.ts";
import { isSilenced } from "./words/states.ts";
import { count, duration } from "./words/text.ts";
import { troubleOf } from "./words/verdicts.ts";

export async function status({ watchdog, json }: Pick<Config, "watchdog" | "json">): Promise<void> {
  const ask = asking(watchdog);
  const [fleet, { open }] = await Promise.all([
    ask<Fleet>("/api/fleet", "targets"),
    ask<Alerts>("/api/alerts", "open"),
  ]);
  const compact = statusOf(fleet, open);
  process.stdout.write(`${json ? JSON.stringify(compact) : inWords(compact)}\n`);
}

/** Returns the object that `--json` prints; null is unknown. `open`: the alerts that are pending or firing. */
export function statusOf({ now, targets }: Fleet, open: readonly Alert[]) {
  const firing = open.filter((alert) => alert.state === "firing" && !isSilenced(alert, now));
  const firingAs = (severity: string) => firing.filter((alert) => alert.severity === severity).length;
  const cost = sumOfKnown(targets.map(({ spentTodayUsd }) => spentTodayUsd));
  const readAt = Math.min(...targets.map((target) => target.readAt ?? Number.NaN));
  return {
    orchestrators: targets.length,
    orchestrators_up: targets.filter(({ state }) => state === "up").length,
    agents: sumOfKnown(targets.map(({ agents }) => agents)) ?? null,
    verdicts: sumByName(targets.flatMap((target) => Object.entries(target.verdicts))),
    /** Firing alerts that are not silenced. */
    alerts: { critical: firingAs("critical"), warning: firingAs("warning"), info: firingAs("info") },
    queued: sumOfKnown(targets.map(({ queued }) => queued)) ?? null,
    cost_today_usd: cost === undefined ? null : Number(cost.toFixed(6)),
    /** The age of the oldest data; null if an orchestrator was never read. */
    read_seconds_ago: Number.isFinite(readAt) ? Math.round((now - readAt) / 1000) : null,
  };
}

/** "5 agents: 1 hung; 2 alerts firing; read 4 s ago; $12.30 today". */
export function inWords(status: ReturnType<typeof statusOf>): string {
  const { orchestrators, orchestrators_up: up, agents, verdicts, alerts, cost_today_usd: cost } = status;
  const { read_seconds_ago: age } = status;
  const firing = alerts.critical + alerts.warning + alerts.info;
  return [
    agents ? `${count(agents, "agent")}: ${troubleOf(verdicts)}` : `${agents ?? "unknown number of"} agents`,
    `${count(firing, "alert")} firing`,
    ...(up < orchestrators
      ? [`${orchestrators - up} of ${count(orchestrators, "orchestrator")} not up`]
      : []),
    age === null ? "an orchestrator was never read" : `read ${duration(age)} ago`,
    ...(cost === null ? [] : [`${formatMoney(cost)} today`]),
  ].join("; ");
}
