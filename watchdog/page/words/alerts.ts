/** Helpers for alerts and silences. */
import type { Alert } from "../../api.ts";

export function isSilenced({ silence }: Alert, now: number): boolean {
  return silence !== undefined && silence.until > now;
}

export const SCOPES = ["alert", "rule", "target"] as const;
export type Scope = (typeof SCOPES)[number];

export const scopeInWords = ({ rule, target }: Pick<Alert, "rule" | "target">, scope: Scope): string =>
  ({ alert: "this alert", rule: `every ${rule}`, target: `all of ${target}` })[scope];

/** Returns the part of a request that names what to silence. */
export const scopeOf = ({ fingerprint, rule, target }: Alert, scope: Scope) =>
  scope === "alert" ? { fingerprint } : scope === "rule" ? { rule } : { target };

const SEVERITY: readonly Alert["severity"][] = ["critical", "warning", "info"];

/** Firing first, then by severity, then newest first. */
export function byUrgency(alerts: readonly Alert[], now: number): Alert[] {
  const turn = (alert: Alert) => (isSilenced(alert, now) ? 2 : alert.state === "firing" ? 0 : 1);
  const severity = ({ severity }: Alert) => SEVERITY.indexOf(severity);
  return [...alerts].sort(
    (one, other) => turn(one) - turn(other) || severity(one) - severity(other) || other.since - one.since,
  );
}

export const SILENCES = [
  { seconds: 15 * 60, word: "15 minutes" },
  { seconds: 3_600, word: "1 hour" },
  { seconds: 4 * 3_600, word: "4 hours" },
  { seconds: 86_400, word: "1 day" },
  { seconds: 7 * 86_400, word: "7 days" },
] as const;
