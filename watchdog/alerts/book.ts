/** The open and the past alerts. Each change is kept in the documents, so that nothing is said twice after a restart. */
import type { Alert, Alerts } from "../api.ts";
import type { RuleSettings } from "../config/rules.ts";
import type { Documents } from "../history/documents.ts";
import type { Finding, Findings } from "../rules/finding.ts";
import { type Subject, seen, unseen } from "./advance.ts";
import { type AlertRecord, fingerprintOf, isSilenced, toAlert } from "./record.ts";

const OPEN = "alert";
const PAST = "past-alert";
/** Of one target, whatever happens to others. */
const PAST_AT_MOST = 200;
const PAST_FOR_MILLISECONDS = 90 * 86_400_000;

export interface Looked {
  readonly rule: string;
  readonly target: string;
  readonly settings: RuleSettings;
  readonly findings: Findings;
  readonly resolveAfterSeconds: number;
}

export interface AlertBookOptions {
  readonly documents: Documents;
  readonly runbookUrl: (rule: string) => string;
  /** Called once when an alert fires, and once when one of these is resolved; not while it is silenced. */
  readonly notify: (alert: Alert, now: number) => void;
}

export interface AlertBook {
  readonly open: readonly AlertRecord[];
  /** Takes in what a rule found at one target. */
  update(looked: Looked, now: number): void;
  /** Alerts of targets that are no longer watched are resolved. */
  retain(targets: ReadonlySet<string>, now: number): void;
  /** Tells what a silence that ended held back, and forgets what is long past. */
  tick(now: number): void;
  /** Undefined: no such open alert. */
  silence(fingerprint: string, until: number | undefined): Alert | undefined;
  list(now: number): Alerts;
}

export function openAlertBook({ documents, runbookUrl, notify }: AlertBookOptions): AlertBook {
  const open = new Map(documents.all<AlertRecord>(OPEN));
  const past = new Map(documents.all<AlertRecord>(PAST));

  function put(record: AlertRecord, now: number): void {
    let kept = record;
    const silenced = isSilenced(record, now);
    if (record.state === "firing" && !record.notified && !silenced) {
      kept = { ...record, notified: true };
      notify(toAlert(kept), now);
    }
    open.set(kept.fingerprint, kept);
    documents.put(OPEN, kept.fingerprint, kept);
  }

  function remove(fingerprint: string): void {
    open.delete(fingerprint);
    documents.remove(OPEN, fingerprint);
  }

  function resolve(record: AlertRecord, now: number): void {
    remove(record.fingerprint);
    if (record.notified) notify(toAlert(record), now);
    const key = `${record.fingerprint}-${record.since}-${record.resolvedAt}`;
    past.set(key, record);
    documents.put(PAST, key, record);
  }

  function absent(record: AlertRecord, resolveAfterSeconds: number, now: number): void {
    const after = unseen(record, resolveAfterSeconds, now);
    if (after === undefined) remove(record.fingerprint);
    else if (after.state === "resolved") resolve(after, now);
  }

  function present(looked: Looked, finding: Finding, fingerprint: string, now: number): void {
    const { rule, target, settings } = looked;
    const subject: Subject = { fingerprint, rule, target, runbookUrl: runbookUrl(rule) };
    put(seen(open.get(fingerprint), subject, finding, settings, now), now);
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
    get open() {
      return [...open.values()];
    },
    update(looked, now) {
      if (looked.findings === "unknown") return;
      const there = new Set<string>();
      for (const finding of looked.findings) {
        const fingerprint = fingerprintOf(looked.rule, looked.target, finding.labels);
        there.add(fingerprint);
        if (!finding.unknown) present(looked, finding, fingerprint, now);
      }
      for (const record of open.values()) {
        if (record.rule !== looked.rule || record.target !== looked.target) continue;
        if (!there.has(record.fingerprint)) absent(record, looked.resolveAfterSeconds, now);
      }
    },
    retain(targets, now) {
      for (const record of open.values()) {
        if (!targets.has(record.target)) absent(record, 0, now);
      }
    },
    tick(now) {
      for (const record of open.values()) {
        if (record.state === "firing" && !record.notified && !isSilenced(record, now)) put(record, now);
      }
      prunePast(now);
    },
    silence(fingerprint, until) {
      const record = open.get(fingerprint);
      if (!record) return undefined;
      const { silencedUntil: _, ...without } = record;
      const changed = until === undefined ? without : { ...without, silencedUntil: until };
      open.set(fingerprint, changed);
      documents.put(OPEN, fingerprint, changed);
      return toAlert(changed);
    },
    list: (now) => ({
      now,
      open: [...open.values()].sort((a, b) => b.since - a.since).map(toAlert),
      past: [...past.values()].sort((a, b) => (b.resolvedAt ?? 0) - (a.resolvedAt ?? 0)).map(toAlert),
    }),
  };
}
