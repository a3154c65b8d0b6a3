/** The words and icons of the states of targets, alerts, breakers and gates. */
import type { Alert, TargetState } from "../api.ts";
import type { Appearance } from "./verdicts.ts";

export const TARGET_STATES: Readonly<Record<TargetState, Appearance>> = {
  down: { word: "down", icon: "cross", tone: "bad" },
  unauthenticated: { word: "not authorized", icon: "lock", tone: "bad" },
  no_data: { word: "no data", icon: "hidden", tone: "bad" },
  stale: { word: "stale", icon: "clock", tone: "watch" },
  other_schema: { word: "other schema", icon: "question", tone: "watch" },
  partial: { word: "partial data", icon: "triangle", tone: "watch" },
  slow: { word: "slow", icon: "hourglass", tone: "watch" },
  not_read_yet: { word: "not read yet", icon: "dashed-circle", tone: "unknown" },
  up: { word: "up", icon: "check", tone: "good" },
};

const STATE_ORDER = Object.keys(TARGET_STATES) as TargetState[];

/** Returns whether its figures are old because no newer ones arrive. */
export const isOld = (state: TargetState) =>
  state === "down" || state === "stale" || state === "unauthenticated";

export const stateRank = (state: TargetState) => STATE_ORDER.indexOf(state);

export function isSilenced({ silence }: Alert, now: number): boolean {
  return silence !== undefined && silence.until > now;
}

export function alertAppearance(alert: Alert): Appearance {
  if (alert.state === "resolved") return { word: "resolved", icon: "check", tone: "good" };
  if (alert.state === "pending") return { word: "pending", icon: "hourglass", tone: "unknown" };
  return SEVERITIES[alert.severity];
}

const SEVERITIES: Readonly<Record<Alert["severity"], Appearance>> = {
  critical: { word: "critical", icon: "octagon", tone: "bad" },
  warning: { word: "warning", icon: "triangle", tone: "watch" },
  info: { word: "info", icon: "info", tone: "quiet" },
};

/** Knows the contract's states, and shows any other state as it is. */
export function breakerAppearance(state: string): Appearance {
  if (state === "open") return { word: "open", icon: "broken-link", tone: "bad" };
  if (state === "half_open") return { word: "half open", icon: "hourglass", tone: "watch" };
  if (state === "closed") return { word: "closed", icon: "check", tone: "good" };
  return { word: state || "unknown", icon: "question", tone: "unknown" };
}

export function gateAppearance(held: boolean): Appearance {
  return held
    ? { word: "held", icon: "lock", tone: "quiet" }
    : { word: "free", icon: "dashed-circle", tone: "unknown" };
}
