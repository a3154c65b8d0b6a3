/** The open and the past alerts. Each change is stored, so that a restart repeats no message. */
import type { Alert } from "../api.ts";
import type { RuleName, RuleSettings } from "../config/rules.ts";
import type { Thresholds } from "../config/thresholds.ts";
import { defined } from "../defined.ts";
import type { Documents } from "../history/documents.ts";
import type { Finding, Findings } from "../rules/finding.ts";
import { type AlertRecord, fingerprintOf, toAlert } from "./record.ts";
import type { Silences } from "./silences.ts";

const OPEN = "alert";
const PAST = "past-alert";
/** The limit for each target. */
const PAST_AT_MOST = 200;
const PAST_FOR_MILLISECONDS = 90 * 86_400_000;
/** After a longer gap without a reading, a pending condition starts over. */
const LONGEST_GAP_MILLISECONDS = 120_000;

export interface AlertBookOptions {
  readonly documents: Documents;
  readonly silences: Silences;
  readonly runbookUrl: (rule: string, fingerprint: string) => string;
  /** How often a firing alert is sent again; 0: never. */
  readonly repeatMilliseconds: number;
  /** Called when an alert fires, with `again` for a repetition, and when a sent one is resolved; not while it is silenced. */
  readonly notify: (alert: Alert, kind: "alert" | "again") => void;
}

export function openAlertBook(options: AlertBookOptions) {
  const { documents, silences, runbookUrl, repeatMilliseconds, notify } = options;
  /** By target, since each reading updates the alerts of one of them. */
  const openAt = new Map<string, Map<string, AlertRecord>>();
  for (const [, record] of documents.all<AlertRecord>(OPEN)) keep(record);
  const past = new Map(documents.all<AlertRecord>(PAST));

  function keep(record: AlertRecord): void {
    const here = openAt.get(record.target) ?? new Map<string, AlertRecord>();
    openAt.set(record.target, here.set(record.fingerprint, record));
  }

  function allOpen(): readonly AlertRecord[] {
    return [...openAt.values()].flatMap((here) => [...here.values()]);
  }

  function isDue(record: AlertRecord, now: number): boolean {
    const { state, notifiedAt } = record;
    if (state !== "firing") return false;
    const isRepeated = repeatMilliseconds > 0 && now - (notifiedAt ?? 0) >= repeatMilliseconds;
    return (notifiedAt === undefined || isRepeated) && !silences.of(record, now);
  }

  function put(record: AlertRecord, now: number): void {
    let kept = record;
    if (isDue(record, now)) {
      kept = { ...record, notifiedAt: now };
      notify(toAlert(kept), record.notifiedAt === undefined ? "alert" : "again");
    }
    keep(kept);
    documents.put(OPEN, kept.fingerprint, kept);
  }

  /** Resolves a firing alert whose condition is absent for long enough, and forgets a pending one. */
  function absent(record: AlertRecord, resolveAfterSeconds: number, now: number): void {
    const { fingerprint, target, state, since, lastSeen, notifiedAt } = record;
    if (state === "firing" && Math.abs(now - lastSeen) < resolveAfterSeconds * 1000) return;
    openAt.get(target)?.delete(fingerprint);
    documents.remove(OPEN, fingerprint);
    if (state !== "firing") return;
    const resolved: AlertRecord = { ...record, state: "resolved", resolvedAt: now };
    if (notifiedAt !== undefined) notify(toAlert(resolved), "alert");
    const key = `${fingerprint}-${since}-${now}`;
    past.set(key, resolved);
    documents.put(PAST, key, resolved);
  }

  function prunePast(now: number): void {
    const sorted = [...past].sort(([, a], [, b]) => (b.resolvedAt ?? 0) - (a.resolvedAt ?? 0));
    const kept = new Map<string, number>();
    for (const [key, { target, resolvedAt = 0 }] of sorted) {
      const before = kept.get(target) ?? 0;
      kept.set(target, before + 1);
      if (before < PAST_AT_MOST && now - resolvedAt < PAST_FOR_MILLISECONDS) continue;
      past.delete(key);
      documents.remove(PAST, key);
    }
  }

  return {
    get open(): readonly AlertRecord[] {
      return allOpen();
    },
    /** Newest first. */
    get past(): readonly AlertRecord[] {
      return [...past.values()].sort((a, b) => (b.resolvedAt ?? 0) - (a.resolvedAt ?? 0));
    },
    /** Updates the alerts of one rule at one target. */
    update(rule: RuleName, target: string, findings: Findings, limits: Thresholds, now: number): void {
      if (findings === "unknown") return;
      const there = new Set<string>();
      for (const finding of findings) {
        const fingerprint = fingerprintOf(rule, target, finding.labels);
        there.add(fingerprint);
        if (finding.unknown) continue;
        const before = openAt.get(target)?.get(fingerprint);
        const subject = { fingerprint, rule, target, runbookUrl: runbookUrl(rule, fingerprint) };
        put({ ...subject, ...seen(before, finding, limits.rules[rule], now) }, now);
      }
      for (const record of openAt.get(target)?.values() ?? []) {
        const isAbsent = record.rule === rule && !there.has(record.fingerprint);
        if (isAbsent) absent(record, limits.alerts.resolve_after_seconds, now);
      }
    },
    /** Resolves the alerts of targets that are no longer watched. */
    retain(targets: ReadonlySet<string>, now: number): void {
      for (const record of allOpen()) if (!targets.has(record.target)) absent(record, 0, now);
    },
    /** Sends alerts whose silence ended or whose repetition is due, and deletes old past alerts. */
    tick(now: number): void {
      for (const record of allOpen()) if (isDue(record, now)) put(record, now);
      prunePast(now);
    },
  };
}

/** Returns the state of an alert whose condition holds. */
function seen(
  before: AlertRecord | undefined,
  finding: Finding,
  { enabled: _, severity, ...thresholds }: RuleSettings,
  now: number,
) {
  const wasFiring = before?.state === "firing";
  const continues = wasFiring || (before && now - before.lastSeen <= LONGEST_GAP_MILLISECONDS);
  // The clock can be set back.
  const heldFrom = continues ? Math.min(before.heldFrom, now) : now;
  const isFiring = wasFiring || now - heldFrom >= thresholds.for_seconds * 1000;
  return defined({
    severity,
    labels: finding.labels,
    summary: finding.summary,
    evidence: finding.evidence,
    state: isFiring ? ("firing" as const) : ("pending" as const),
    since: continues ? before.since : Math.min(finding.since ?? now, now),
    firedAt: before?.firedAt ?? (isFiring ? now : undefined),
    thresholds: { ...finding.thresholds, ...thresholds },
    heldFrom,
    lastSeen: now,
    notifiedAt: before?.notifiedAt,
  });
}
