/**
 * Sends to Alertmanager's v2 API. Alertmanager forgets alerts that are not repeated before `endsAt`, so they are repeated, as
 * Prometheus does. Silences are created there too, so that a silenced alert does not appear resolved.
 */
import { OperatorError } from "../../shared/operator-error.ts";
import type { Alert, Silence } from "../api.ts";
import { type Receiver, receiverAddress, sendJson } from "./delivery.ts";

/** Five times the interval of repetitions. */
const VALID_MILLISECONDS = 300_000;
const ALERTS_A_REQUEST = 500;
const AUTHOR = "orch-watchdog";

type Labels = Readonly<Record<string, string>>;

interface TheirSilence {
  readonly id: string;
  readonly createdBy: string;
  readonly status: { readonly state: string };
  readonly matchers: readonly { readonly name: string; readonly value: string }[];
}

/** `url`: for example `http://127.0.0.1:9093`. `pageOf`: the address of the page for an alert. */
export function createAlertmanager(
  url: string,
  pageOf: (alert: Alert) => string,
  now: () => number,
): Receiver {
  const api = receiverAddress(url);
  const iso = (time: number) => new Date(time).toISOString();
  const toTheirs = (alert: Alert) => ({
    labels: { ...identity(alert), severity: alert.severity },
    annotations: { summary: alert.summary, description: alert.evidence, runbook_url: alert.runbookUrl },
    startsAt: iso(alert.firedAt ?? alert.since),
    endsAt: iso(alert.resolvedAt ?? now() + VALID_MILLISECONDS),
    generatorURL: pageOf(alert),
  });

  async function sendAlerts(alerts: readonly Alert[]): Promise<void> {
    await sendJson("POST", api, "/api/v2/alerts", alerts.map(toTheirs));
  }

  async function unsilence(silence: Silence): Promise<void> {
    const wanted = sorted(matchersOf(silence));
    const [name, value] = wanted[0] ?? [];
    const filter = encodeURIComponent(`${name}=${JSON.stringify(value)}`);
    const silences = parsed(await sendJson("GET", api, `/api/v2/silences?filter=${filter}`, undefined));
    for (const { id, createdBy, status, matchers } of silences) {
      const theirs = sorted(Object.fromEntries(matchers.map((matcher) => [matcher.name, matcher.value])));
      const isOurs = createdBy === AUTHOR && JSON.stringify(theirs) === JSON.stringify(wanted);
      if (isOurs && status.state !== "expired")
        await sendJson("DELETE", api, `/api/v2/silence/${encodeURIComponent(id)}`, undefined);
    }
  }

  return {
    name: "alertmanager",
    kinds: ["alert", "silence", "unsilence"],
    async send([delivery]) {
      if ("alert" in delivery) return sendAlerts([delivery.alert]);
      const { kind, silence } = delivery;
      await unsilence(silence);
      // Alertmanager refuses a silence that has already ended.
      if (kind === "unsilence" || silence.until <= now()) return;
      await sendJson("POST", api, "/api/v2/silences", {
        matchers: sorted(matchersOf(silence)).map(([name, value]) => ({
          name,
          value,
          isRegex: false,
          isEqual: true,
        })),
        startsAt: iso(now()),
        endsAt: iso(silence.until),
        createdBy: AUTHOR,
        comment: `silenced in orch-watchdog${silence.comment && `: ${silence.comment}`}`,
      });
    },
    async repeat(firing) {
      for (let start = 0; start < firing.length; start += ALERTS_A_REQUEST)
        await sendAlerts(firing.slice(start, start + ALERTS_A_REQUEST));
    },
  };
}

function parsed(text: string): readonly TheirSilence[] {
  try {
    return JSON.parse(text) as readonly TheirSilence[];
  } catch {
    throw new OperatorError("its list of silences is not JSON, or is too long");
  }
}

/** Returns the identifying labels. Alertmanager drops empty ones, and a silence may not name them. */
function identity({ rule, target, labels }: Pick<Alert, "rule" | "target" | "labels">): Labels {
  return Object.fromEntries(
    Object.entries({ alertname: rule, target, ...labels }).filter(([, value]) => value !== ""),
  );
}

/** Returns the labels that all alerts of the silence share. */
const matchersOf = ({ rule = "", target = "", labels = {} }: Silence): Labels =>
  identity({ rule, target, labels });

const sorted = (labels: Labels) => Object.entries(labels).sort(([one], [other]) => (one < other ? -1 : 1));
