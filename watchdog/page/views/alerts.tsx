/** The alerts of all orchestrators, open and past. */
import type { Alert, Alerts } from "../../api.ts";
import { AlertCard } from "../parts/alert-card.tsx";
import { Badge } from "../parts/badge.tsx";
import { useFirst } from "../parts/more.tsx";
import { Empty, Loading } from "../parts/states.tsx";
import { targetAddress } from "../route.ts";
import { useNow } from "../state/clock.ts";
import type { Resource } from "../state/resource.ts";
import { byUrgency, isSilenced } from "../words/alerts.ts";
import { formatCount, formatDuration, formatTime } from "../words/format.ts";
import { alertAppearance } from "../words/states.ts";

const FIRST_PAST = 20;

export function AlertsView({ alerts: { data, error, refetch } }: { alerts: Resource<Alerts> }) {
  return (
    <>
      <div class="view-head">
        <h1>Alerts</h1>
      </div>
      {data ? (
        <>
          <OpenAlerts open={data.open} changed={refetch} />
          <PastAlerts past={data.past} />
        </>
      ) : (
        !error && <Loading what="the alerts" lines={6} />
      )}
    </>
  );
}

function OpenAlerts({ open, changed }: { open: readonly Alert[]; changed: () => void }) {
  const now = useNow();
  const silenced = open.filter((alert) => isSilenced(alert, now));
  const heard = open.filter((alert) => !isSilenced(alert, now));
  const groups = [
    { name: "Firing", alerts: heard.filter(({ state }) => state === "firing") },
    { name: "Pending", alerts: heard.filter(({ state }) => state !== "firing") },
    { name: "Silenced", alerts: silenced },
  ].filter(({ alerts }) => alerts.length > 0);
  if (groups.length === 0)
    return (
      <Empty>
        <h2>No alert is open</h2>
        <p>No rule finds anything on the orchestrators that can be read.</p>
      </Empty>
    );
  return groups.map(({ name, alerts }) => (
    <section key={name} aria-labelledby={name}>
      <h2 id={name}>
        {name} <span class="tally">{formatCount(alerts.length)}</span>
      </h2>
      <ul class="alerts">
        {byUrgency(alerts, now).map((alert) => (
          <AlertCard key={alert.fingerprint} alert={alert} changed={changed} />
        ))}
      </ul>
    </section>
  ));
}

function PastAlerts({ past }: { past: readonly Alert[] }) {
  const [first, more] = useFirst(past, FIRST_PAST);
  return (
    <section aria-labelledby="past">
      <h2 id="past">
        Past <span class="tally">{formatCount(past.length)}</span>
      </h2>
      {past.length === 0 ? (
        <Empty>Nothing fired and ended yet.</Empty>
      ) : (
        <div class="card">
          <table class="past">
            <caption class="only-heard">Alerts that fired and ended, the newest first</caption>
            <thead>
              <tr>
                <th scope="col">Alert</th>
                <th scope="col">Orchestrator</th>
                <th scope="col">Fired</th>
                <th scope="col">Ended</th>
                <th scope="col" class="number">
                  Lasted
                </th>
              </tr>
            </thead>
            <tbody>
              {first.map((alert) => (
                <Past key={`${alert.fingerprint} ${alert.since} ${alert.resolvedAt}`} alert={alert} />
              ))}
            </tbody>
          </table>
        </div>
      )}
      {more}
    </section>
  );
}

function Past({ alert }: { alert: Alert }) {
  const now = useNow();
  const began = alert.firedAt ?? alert.since;
  const ended = alert.resolvedAt ?? now;
  return (
    <tr>
      <th scope="row">
        <Badge appearance={alertAppearance({ ...alert, state: "firing" })} />
        <span class="past-what">
          {alert.summary}
          <span class="evidence">{alert.evidence}</span>
        </span>
      </th>
      <td data-label="Orchestrator">
        <a href={targetAddress(alert.target)}>{alert.target}</a>
      </td>
      <td data-label="Fired">{formatTime(began, now)}</td>
      <td data-label="Ended">{formatTime(ended, now)}</td>
      <td data-label="Lasted" class="number">
        {formatDuration((ended - began) / 1_000)}
      </td>
    </tr>
  );
}
