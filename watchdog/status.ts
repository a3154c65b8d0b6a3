/** `orch-watchdog status`: a running watchdog in one line or as short JSON, without names, paths or texts. */
import type { Alerts, Fleet } from "./api.ts";
import { asking } from "./ask.ts";
import type { Config } from "./config/settings.ts";
import { isSilenced } from "./page/words/alerts.ts";
import { formatMoney } from "./page/words/format.ts";
import { troubleOf } from "./page/words/verdicts.ts";
import { count, duration } from "./words.ts";

type StatusConfig = Pick<Config, "watchdog" | "json" | "fail">;

/** Resolves with the exit code: 1 if an alert fires that is not silenced, and `--fail` is given. */
export async function status({ watchdog, json, fail }: StatusConfig): Promise<number> {
  const ask = asking(watchdog);
  const [fleet, alerts] = await Promise.all([ask<Fleet>("/api/fleet"), ask<Alerts>("/api/alerts")]);
  const compact = statusOf(fleet, alerts);
  process.stdout.write(`${json ? JSON.stringify(compact) : inWords(compact)}\n`);
  return fail && compact.severity !== null ? 1 : 0;
}

/** The names are those of the output; null: unknown. */
export type Status = ReturnType<typeof statusOf>;

export function statusOf({ now, targets, recording }: Fleet, { open }: Alerts) {
  const firing = open.filter((alert) => alert.state === "firing" && !isSilenced(alert, now));
  const of = (wanted: string) => firing.filter(({ severity }) => severity === wanted).length;
  const states: Record<string, number> = {};
  const verdicts: Record<string, number> = {};
  for (const { state, verdicts: own } of targets) {
    states[state] = (states[state] ?? 0) + 1;
    for (const [name, number] of Object.entries(own)) verdicts[name] = (verdicts[name] ?? 0) + number;
  }
  const readAt = targets.map((target) => target.readAt ?? Number.NaN);
  const age = (now - Math.min(...readAt)) / 1000;
  return {
    /** Of the gravest alert that fires and is not silenced; null: none. */
    severity: SEVERITIES.find((each) => of(each) > 0) ?? null,
    alerts: {
      firing: firing.length,
      ...{ critical: of("critical"), warning: of("warning"), info: of("info") },
      pending: open.filter(({ state }) => state === "pending").length,
      silenced: open.filter((alert) => isSilenced(alert, now)).length,
    },
    orchestrators: states,
    agents: sum(targets.map(({ agents }) => agents)),
    verdicts,
    queued: sum(targets.map(({ queued }) => queued)),
    cost_today_usd: sum(targets.map(({ spentTodayUsd }) => spentTodayUsd)),
    /** Of the orchestrator that was read longest ago; null: one was never read. */
    read_seconds_ago: Number.isFinite(age) ? Math.max(0, Math.round(age)) : null,
    recording: recording.on,
  };
}

const SEVERITIES = ["critical", "warning", "info"] as const;

/** Of what is known; null: nothing is. */
function sum(values: readonly (number | undefined)[]): number | null {
  const known = values.filter((value) => value !== undefined);
  return known.length === 0 ? null : known.reduce((total, value) => total + value);
}

function inWords({
  alerts,
  agents,
  verdicts,
  orchestrators,
  cost_today_usd,
  read_seconds_ago,
}: Status): string {
  const all = Object.values(orchestrators).reduce((total, value) => total + value, 0);
  const up = orchestrators.up ?? 0;
  return [
    agents === null
      ? "agents unknown"
      : agents === 0
        ? "no agent runs"
        : `${count(agents, "agent")}: ${troubleOf(verdicts)}`,
    alerts.firing === 0
      ? "no alert fires"
      : `${count(alerts.firing, "alert")} firing, ${alerts.critical} critical`,
    ...(up < all ? [`${all - up} of ${count(all, "orchestrator")} not up`] : []),
    ...(cost_today_usd === null ? [] : [`${formatMoney(cost_today_usd)} today`]),
    read_seconds_ago === null ? "never read" : `read ${duration(read_seconds_ago)} ago`,
  ].join("; ");
}
