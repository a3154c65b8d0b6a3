/** From what was read to what receivers are told: rules, the book of alerts, the outbox, and silences. */
import type { Logger } from "pino";
import { type AlertBook, openAlertBook } from "./alerts/book.ts";
import type { Alert } from "./api.ts";
import type { RuleName } from "./config/rules.ts";
import { OWN_NAME } from "./config/targets-file.ts";
import type { Thresholds } from "./config/thresholds.ts";
import type { History } from "./history/history.ts";
import { createAlertmanager } from "./receivers/alertmanager.ts";
import { createLogReceiver } from "./receivers/log.ts";
import { openOutbox } from "./receivers/outbox.ts";
import { createWebhook } from "./receivers/webhook.ts";
import { evaluate } from "./rules/evaluate.ts";
import { type Findings, found } from "./rules/finding.ts";
import type { Target } from "./targets/target.ts";

export interface AlertingOptions {
  readonly history: History;
  readonly thresholds: (target?: string) => Thresholds;
  readonly alertmanager: string | null;
  readonly webhook: string | null;
  /** Where runbooks are: URL/NAME; null: the watchdog itself. */
  readonly runbooks: string | null;
  /** The watchdog's own address. */
  readonly url: string;
  readonly retryMilliseconds: number;
  readonly logger: Logger;
  readonly now: () => number;
}

export interface Alerting extends Pick<AlertBook, "open" | "list" | "retain"> {
  /** Holds a target that was just read against the rules. */
  look(target: Target, at: number): void;
  /** Looks at the recording and at silences that ended, and writes what receivers are about to be told. */
  tick(at: number): void;
  /** Tells receivers that forget what still fires. */
  repeat(): void;
  /** Undefined: no such open alert. Without `until` it ends a silence. */
  silence(fingerprint: string, until?: number): Alert | undefined;
  close(): Promise<void>;
}

export function openAlerting(options: AlertingOptions): Alerting {
  const { history, thresholds, alertmanager, webhook, url, logger, now } = options;
  const pageOf = (target: string) =>
    target === OWN_NAME ? `${url}/` : `${url}/#/orchestrators/${encodeURIComponent(target)}`;
  const outbox = openOutbox({
    documents: history.documents,
    receivers: [
      createLogReceiver(logger),
      ...(alertmanager ? [createAlertmanager({ url: alertmanager, pageOf, now })] : []),
      ...(webhook ? [createWebhook(webhook)] : []),
    ],
    commit: () => void history.flush(),
    retryMilliseconds: options.retryMilliseconds,
    complain: (receiver, words, detail) => logger.warn({ receiver, detail }, words),
  });
  const runbooks = options.runbooks ?? `${url}/runbooks`;
  let notified = false;
  const book = openAlertBook({
    documents: history.documents,
    runbookUrl: (rule) => `${runbooks}/${rule}`,
    notify(alert) {
      outbox.push({ kind: "alert", alert });
      notified = true;
    },
  });

  /** What somebody is about to be told must be on disk first, so that it is told once. */
  function commit(): void {
    if (notified) history.flush();
    notified = false;
  }

  function update(rule: RuleName, target: string, findings: Findings, at: number, limits: Thresholds): void {
    const { resolve_after_seconds: resolveAfterSeconds } = limits.alerts;
    book.update({ rule, target, settings: limits.rules[rule], findings, resolveAfterSeconds }, at);
  }

  let told: string | undefined;
  function lookAtRecording(at: number): void {
    const { failure } = history;
    if (failure !== told) {
      if (failure === undefined) logger.info("recording again");
      else logger.warn({ fault: failure }, "nothing is recorded; watching and alerting go on");
      told = failure;
    }
    const limits = thresholds();
    const rule = "recording-stopped";
    const holds = failure !== undefined && limits.rules[rule].enabled;
    update(rule, OWN_NAME, holds ? found("the watchdog records nothing", failure) : [], at, limits);
  }

  return {
    get open() {
      return book.open;
    },
    list: book.list,
    retain: (targets, at) => book.retain(new Set([OWN_NAME, ...targets]), at),
    look(target, at) {
      const { name } = target.address;
      const limits = thresholds(name);
      for (const [rule, findings] of evaluate(target, limits, at)) update(rule, name, findings, at, limits);
      commit();
    },
    tick(at) {
      lookAtRecording(at);
      book.tick(at);
      commit();
    },
    repeat: () => outbox.repeat(book.open.filter((each) => each.state === "firing" && each.notified)),
    silence(fingerprint, until) {
      const alert = book.silence(fingerprint, until);
      if (alert)
        outbox.push(until === undefined ? { kind: "unsilence", alert } : { kind: "silence", alert, until });
      history.flush();
      return alert;
    },
    close: () => outbox.close(),
  };
}
