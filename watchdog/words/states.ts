/** The words and icons of the states of targets and alerts. */
import type { Alert, TargetState } from "../api.ts";
import { type Appearance, look } from "./verdicts.ts";

/** Ordered by urgency. */
export const TARGET_STATES: Readonly<Record<TargetState, Appearance>> = {
  down: look("down", "cross", "bad", "It cannot be read."),
  unauthenticated: look("not authorized", "lock", "bad", "Authentication failed."),
  no_data: look("no data", "hidden", "bad", "It answers, but nothing can be read."),
  stale: look("stale", "clock", "watch", "It repeats the same answer."),
  other_schema: look("other schema", "question", "watch", "It uses another schema version."),
  partial: look("partial data", "triangle", "watch", "It answers, but some sections cannot be read."),
  slow: look("slow", "hourglass", "watch", "It answers slowly."),
  not_read_yet: look("not read yet", "dashed-circle", "unknown"),
  up: look("up", "check", "good"),
};

const STATE_ORDER = Object.keys(TARGET_STATES) as TargetState[];

/** Returns whether its figures are old because no newer ones arrive. */
export const isOld = (state: TargetState) =>
  state === "down" || state === "stale" || state === "unauthenticated";

export const stateRank = (state: TargetState) => STATE_ORDER.indexOf(state);

export function isSilenced({ silence }: Alert, now: number): boolean {
  return silence !== undefined && silence.until > now;
}

const SEVERITIES: Readonly<Record<Alert["severity"], Appearance>> = {
  critical: look("critical", "octagon", "bad"),
  warning: look("warning", "triangle", "watch"),
  info: look("info", "info", "quiet"),
};

/** A past alert looks as it did while it fired. */
export function alertAppearance({ state, severity }: Pick<Alert, "state" | "severity">): Appearance {
  return state === "pending" ? look("pending", "hourglass", "unknown") : SEVERITIES[severity];
}
