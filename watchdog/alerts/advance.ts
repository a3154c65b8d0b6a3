/** Pure functions that compute the next state of one alert. */
import type { RuleSettings } from "../config/rules.ts";
import { defined } from "../defined.ts";
import type { Finding } from "../rules/finding.ts";
import type { AlertRecord } from "./record.ts";

/** After a longer gap without a reading, a pending condition starts over. */
const LONGEST_GAP_MILLISECONDS = 120_000;

export type Subject = Pick<AlertRecord, "fingerprint" | "rule" | "target" | "runbookUrl">;

/** Called if the condition holds. */
export function seen(
  before: AlertRecord | undefined,
  subject: Subject,
  finding: Finding,
  settings: RuleSettings,
  now: number,
): AlertRecord {
  const continues =
    before?.state === "firing" || (before && now - before.lastSeen <= LONGEST_GAP_MILLISECONDS);
  // The clock can be set back.
  const heldFrom = continues ? Math.min(before.heldFrom, now) : now;
  const firing = before?.state === "firing" || now - heldFrom >= settings.for_seconds * 1000;
  const { enabled: _, severity, ...thresholds } = settings;
  const firedAt = before?.firedAt ?? (firing ? now : undefined);
  return defined({
    ...subject,
    severity,
    labels: finding.labels,
    summary: finding.summary,
    evidence: finding.evidence,
    state: firing ? ("firing" as const) : ("pending" as const),
    since: continues ? before.since : Math.min(finding.since ?? now, now),
    firedAt,
    thresholds: { ...finding.thresholds, ...thresholds },
    heldFrom,
    lastSeen: now,
    notifiedAt: before?.notifiedAt,
  });
}

/** Called if the condition does not hold. Returns undefined for a pending alert, which is then forgotten. */
export function unseen(
  before: AlertRecord,
  resolveAfterSeconds: number,
  now: number,
): AlertRecord | undefined {
  if (before.state !== "firing") return undefined;
  if (Math.abs(now - before.lastSeen) < resolveAfterSeconds * 1000) return before;
  return { ...before, state: "resolved", resolvedAt: now };
}
