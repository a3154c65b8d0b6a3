/** Open alerts, the most urgent first: each with summary, start, evidence, links, and its silence. */
import type { Alert } from "../../api.ts";
import { formatSpan, formatTime } from "../../words/format.ts";
import { alertAppearance, isSilenced } from "../../words/states.ts";
import { ruleInWords } from "../../words/text.ts";
import { agentAddress, targetAddress } from "../route.ts";
import { serverNow, useNow } from "../state/clock.ts";
import { Badge } from "./badge.tsx";
import { useFirst } from "./more.tsx";
import { Section } from "./section.tsx";
import { SilenceControl } from "./silence.tsx";

interface Props {
  readonly title: string;
  readonly alerts: readonly Alert[];
  /** How many are shown at first. */
  readonly most: number;
  /** The orchestrator whose view shows the alerts; absent in the view of all alerts. */
  readonly here?: string;
}

/** Shows nothing if there are no alerts. */
export function AlertList({ title, alerts, most, here }: Props) {
  const [first, more] = useFirst(byUrgency(alerts, serverNow()), most);
  if (alerts.length === 0) return null;
  return (
    <Section title={title} tally={alerts.length}>
      <ul class="alerts">
        {first.map((alert) => (
          <AlertCard key={alert.fingerprint} alert={alert} here={here} />
        ))}
      </ul>
      {more}
    </Section>
  );
}

function AlertCard({ alert, here }: { alert: Alert; here: string | undefined }) {
  const now = useNow();
  const { target, labels } = alert;
  const tone = isSilenced(alert, now) ? "silenced" : alertAppearance(alert).tone;
  return (
    <li class={`alert card ${tone}`}>
      <p class="alert-state">
        <Badge appearance={alertAppearance(alert)} />
        <span class="detail">for {formatSpan(alert.since, now)}</span>
      </p>
      <div>
        <h3>{alert.summary}</h3>
        <p class="evidence">{alert.evidence}</p>
        <p class="muted">{ruleInWords(alert.rule, alert.thresholds)}</p>
        <p class="alert-links">
          {here === undefined && <a href={targetAddress(target)}>{target}</a>}
          {labels.run_id !== undefined && (
            <a href={agentAddress(target, labels.run_id)}>Run {labels.run_id}</a>
          )}
          <a href={alert.runbookUrl} target="_blank" rel="noreferrer">
            Runbook<span class="only-heard"> {alert.rule}, in a new tab</span>
          </a>
          <span class="muted">
            since {formatTime(alert.since, now)}
            {alert.firedAt !== undefined && `, fired ${formatTime(alert.firedAt, now)}`}
          </span>
        </p>
      </div>
      <SilenceControl alert={alert} />
    </li>
  );
}

const SEVERITY: readonly Alert["severity"][] = ["critical", "warning", "info"];

/** Firing first, then by severity, then newest first. */
function byUrgency(alerts: readonly Alert[], now: number): Alert[] {
  const turn = (alert: Alert) => (isSilenced(alert, now) ? 2 : alert.state === "firing" ? 0 : 1);
  const severity = ({ severity }: Alert) => SEVERITY.indexOf(severity);
  return [...alerts].sort(
    (one, other) => turn(one) - turn(other) || severity(one) - severity(other) || other.since - one.since,
  );
}
