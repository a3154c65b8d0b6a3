/** Turns readings into messages: evaluates the rules, updates the alerts, and passes changes to the outbox. */
import type { Logger } from "pino";
import { openAlertBook } from "./alerts/book.ts";
import { type AlertRecord, idOf, toAlert } from "./alerts/record.ts";
import { openSilences } from "./alerts/silences.ts";
import type { Alerts, Silence, SilenceRequest } from "./api.ts";
import { OWN_NAME, type TargetAddress } from "./config/targets-file.ts";
import type { Thresholds } from "./config/thresholds.ts";
import { defined } from "./defined.ts";
import type { History } from "./history/history.ts";
import type { Receiver } from "./receivers/delivery.ts";
import { openOutbox, type ReceiverCounts } from "./receivers/outbox.ts";
import { evaluate } from "./rules/evaluate.ts";
import { found } from "./rules/finding.ts";
import type { Target } from "./targets/target.ts";

export interface AlertingOptions {
  readonly history: History;
  readonly thresholds: (target?: string) => Thresholds;
  readonly receivers: readonly Receiver[];
  readonly runbookUrl: (rule: string, fingerprint: string) => string;
  readonly repeatMilliseconds: number;
  readonly retryMilliseconds: number;
  readonly logger: Logger;
}

export type Alerting = ReturnType<typeof openAlerting>;

export function openAlerting(options: AlertingOptions) {
  const { history, thresholds, receivers, runbookUrl, repeatMilliseconds, logger } = options;
  const outbox = openOutbox({
    documents: history.documents,
    receivers,
    commit: () => void history.flush(),
    retryMilliseconds: options.retryMilliseconds,
    complain: (receiver, words, detail) => logger.warn({ receiver, detail }, words),
  });
  const silences = openSilences(history.documents);
  let notified = false;
  const book = openAlertBook({
    documents: history.documents,
    silences,
    runbookUrl,
    repeatMilliseconds,
    notify(alert, kind) {
      outbox.push({ kind, alert });
      notified = true;
    },
  });

  /** Stores what is about to be sent before it is sent, so that a restart does not send it again. */
  function commit(): void {
    if (notified) history.flush();
    notified = false;
  }

  let logged: string | undefined;
  function lookAtRecording(at: number): void {
    const { failure } = history;
    if (failure !== logged) {
      if (failure === undefined) logger.info("history is recorded again");
      else logger.warn({ fault: failure }, "history is not recorded; polling and alerts continue");
      logged = failure;
    }
    const limits = thresholds();
    const rule = "recording-stopped";
    const holds = failure !== undefined && limits.rules[rule].enabled;
    const findings = holds ? found("the watchdog cannot record history", failure) : [];
    book.update(rule, OWN_NAME, findings, limits, at);
  }

  /** Returns the open alerts, with their silences. */
  function open(now: number): readonly AlertRecord[] {
    return book.open.map((record) => defined({ ...record, silence: silences.of(record, now) }));
  }

  return {
    open,
    list: (now: number): Alerts => ({
      now,
      open: [...open(now)].sort((a, b) => b.since - a.since).map(toAlert),
      past: book.past.map(toAlert),
      silences: silences.all,
    }),
    get receivers(): readonly ReceiverCounts[] {
      return outbox.counts;
    },
    /** Resolves the alerts of targets that are no longer watched. */
    retain: (targets: readonly TargetAddress[], at: number): void =>
      book.retain(new Set([OWN_NAME, ...targets.map(({ name }) => name)]), at),
    /** Evaluates the rules over a target that was just read. */
    look(target: Target, at: number): void {
      const { name } = target.address;
      const limits = thresholds(name);
      for (const [rule, findings] of evaluate(target, limits, at))
        book.update(rule, name, findings, limits, at);
      commit();
    },
    /** Checks the recording and ended silences, and stores what is about to be sent. */
    tick(at: number): void {
      lookAtRecording(at);
      silences.prune(at);
      book.tick(at);
      commit();
    },
    /** Repeats firing alerts to receivers that need it, such as Alertmanager. */
    repeat: (): void =>
      outbox.repeat(book.open.filter((each) => each.state === "firing" && each.notifiedAt !== undefined)),
    /** Returns undefined if there is no such open alert. */
    silence(request: SilenceRequest, at: number): Silence | undefined {
      const { fingerprint, rule, target, seconds, comment = "" } = request;
      const alert = book.open.find((each) => each.fingerprint === fingerprint);
      if (fingerprint !== undefined && !alert) return undefined;
      const what = alert ?? { rule, target, labels: undefined };
      const silence: Silence = defined({
        id: fingerprint ?? idOf(rule, target),
        ...{ fingerprint, rule: what.rule, target: what.target, labels: what.labels },
        ...{ comment, createdAt: at, until: at + seconds * 1000 },
      });
      silences.put(silence);
      outbox.push({ kind: "silence", silence });
      history.flush();
      return silence;
    },
    /** Returns undefined if there is no such silence. */
    unsilence(id: string): Silence | undefined {
      const silence = silences.remove(id);
      if (silence) outbox.push({ kind: "unsilence", silence });
      history.flush();
      return silence;
    },
    close: (): Promise<void> => outbox.close(),
  };
}
