/**
 * An Alertmanager, by its v2 API. It forgets what is not said again before `endsAt`, as Prometheus does it; a silence
 * becomes a silence there, so that it does not call what is silenced resolved.
 */
import { OperatorError } from "../../shared/operator-error.ts";
import type { Alert } from "../api.ts";
import { type Receiver, receiverAddress, sendJson } from "./delivery.ts";

/** Five times what lies between two repetitions. */
const VALID_MILLISECONDS = 300_000;
const ALERTS_A_REQUEST = 500;
const AUTHOR = "orch-watchdog";

export interface AlertmanagerOptions {
  /** Such as `http://127.0.0.1:9093`. */
  readonly url: string;
  /** The page of an alert's target. */
  readonly pageOf: (target: string) => string;
  readonly now: () => number;
}

interface Silence {
  readonly id: string;
  readonly createdBy: string;
  readonly status: { readonly state: string };
  readonly matchers: readonly { readonly name: string; readonly value: string }[];
}

export function createAlertmanager({ url, pageOf, now }: AlertmanagerOptions): Receiver {
  const api = receiverAddress(url);
  const iso = (time: number) => new Date(time).toISOString();
  const toTheirs = (alert: Alert) => ({
    labels: { ...identity(alert), severity: alert.severity },
    annotations: { summary: alert.summary, description: alert.evidence, runbook_url: alert.runbookUrl },
    startsAt: iso(alert.firedAt ?? alert.since),
    endsAt: iso(alert.resolvedAt ?? now() + VALID_MILLISECONDS),
    generatorURL: pageOf(alert.target),
  });

  async function unsilence(alert: Alert): Promise<void> {
    const filter = encodeURIComponent(`alertname="${alert.rule}"`);
    const silences = parsed(await sendJson("GET", api, `/api/v2/silences?filter=${filter}`, undefined));
    const wanted = JSON.stringify(Object.entries(identity(alert)).sort());
    for (const { id, createdBy, status, matchers } of silences) {
      const theirs = JSON.stringify(matchers.map(({ name, value }) => [name, value]).sort());
      if (createdBy === AUTHOR && status.state !== "expired" && theirs === wanted)
        await sendJson("DELETE", api, `/api/v2/silence/${encodeURIComponent(id)}`, undefined);
    }
  }

  return {
    name: "alertmanager",
    kinds: ["alert", "silence", "unsilence"],
    async send(delivery) {
      const { alert } = delivery;
      if (delivery.kind === "alert")
        return void (await sendJson("POST", api, "/api/v2/alerts", [toTheirs(alert)]));
      await unsilence(alert);
      // One that is over by now needs no silence, and would be refused.
      if (delivery.kind === "unsilence" || delivery.until <= now()) return;
      await sendJson("POST", api, "/api/v2/silences", {
        matchers: Object.entries(identity(alert)).map(([name, value]) => ({
          name,
          value,
          isRegex: false,
          isEqual: true,
        })),
        startsAt: iso(now()),
        endsAt: iso(delivery.until),
        createdBy: AUTHOR,
        comment: `silenced on the watchdog's page: ${alert.summary}`,
      });
    },
    async repeat(firing) {
      for (let start = 0; start < firing.length; start += ALERTS_A_REQUEST)
        await sendJson(
          "POST",
          api,
          "/api/v2/alerts",
          firing.slice(start, start + ALERTS_A_REQUEST).map(toTheirs),
        );
    },
  };
}

function parsed(text: string): readonly Silence[] {
  try {
    return JSON.parse(text) as readonly Silence[];
  } catch {
    throw new OperatorError("its list of silences is not JSON, or too long");
  }
}

/** The labels that tell it from others; Alertmanager drops empty ones, and a silence may not name them. */
function identity({ rule, target, labels }: Alert): Record<string, string> {
  return Object.fromEntries(
    Object.entries({ alertname: rule, target, ...labels }).filter(([, value]) => value !== ""),
  );
}
