/** The open and the past alerts. Each change is stored, so that a restart repeats no message. */
import type { Alert } from "../api.ts";
import type { RuleSettings } from "../config/rules.ts";
import type { Documents } from "../history/documents.ts";
import type { Finding, Findings } from "../rules/finding.ts";
import { type Subject, seen, unseen } from "./advance.ts";
import { type AlertRecord, fingerprintOf, toAlert } from "./record.ts";
import type { Silences } from "./silences.ts";

const OPEN = "alert";
const PAST = "past-alert";
/** The limit for each target. */
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

  function remove({ target, fingerprint }: AlertRecord): void {
    openAt.get(target)?.delete(fingerprint);
    documents.remove(OPEN, fingerprint);
  }

  function resolve(record: AlertRecord): void {
    remove(record);
    if (record.notifiedAt !== undefined) notify(toAlert(record), "alert");
    const key = `${record.fingerprint}-${record.since}-${record.resolvedAt}`;
    past.set(key, record);
    documents.put(PAST, key, record);
  }

  function absent(record: AlertRecord, resolveAfterSeconds: number, now: number): void {
    const after = unseen(record, resolveAfterSeconds, now);
    if (after === undefined) remove(record);
    else if (after.state === "resolved") resolve(after);
  }

  function present(looked: Looked, finding: Finding, fingerprint: string, now: number): void {
    const { rule, target, settings } = looked;
    const subject: Subject = { fingerprint, rule, target, runbookUrl: runbookUrl(rule, fingerprint) };
    put(seen(openAt.get(target)?.get(fingerprint), subject, finding, settings, now), now);
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
    update(looked: Looked, now: number): void {
      if (looked.findings === "unknown") return;
      const there = new Set<string>();
      for (const finding of looked.findings) {
        const fingerprint = fingerprintOf(looked.rule, looked.target, finding.labels);
        there.add(fingerprint);
        if (!finding.unknown) present(looked, finding, fingerprint, now);
      }
      for (const record of openAt.get(looked.target)?.values() ?? []) {
        const isAbsent = record.rule === looked.rule && !there.has(record.fingerprint);
        if (isAbsent) absent(record, looked.resolveAfterSeconds, now);
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
