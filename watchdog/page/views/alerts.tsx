/** The open and past alerts of all orchestrators. */
import type { Alert, Alerts } from "../../api.ts";
import { formatSpan, formatTime } from "../../words/format.ts";
import { alertAppearance, isSilenced } from "../../words/states.ts";
import { AlertList } from "../parts/alert-list.tsx";
import { Badge } from "../parts/badge.tsx";
import { useFirst } from "../parts/more.tsx";
import { Section } from "../parts/section.tsx";
import { Loading } from "../parts/states.tsx";
import { type Column, Table } from "../parts/table.tsx";
import { targetAddress } from "../route.ts";
import { useNow } from "../state/clock.ts";
import type { Resource } from "../state/resource.ts";

/** How many alerts of a list are shown at first. */
const FIRST = 20;

export function AlertsView({ alerts: { data, error } }: { alerts: Resource<Alerts> }) {
  return (
    <>
      <div class="view-head">
        <h1>Alerts</h1>
      </div>
      {data ? (
        <>
          <OpenAlerts open={data.open} />
          <PastAlerts past={data.past} />
        </>
      ) : (
        !error && <Loading what="the alerts" />
      )}
    </>
  );
}

function OpenAlerts({ open }: { open: readonly Alert[] }) {
  const now = useNow();
  const silenced = open.filter((alert) => isSilenced(alert, now));
  const heard = open.filter((alert) => !isSilenced(alert, now));
  if (open.length === 0)
    return (
      <div class="empty">
        <h2>No open alerts</h2>
        <p>No rule applies to any orchestrator that can be read.</p>
      </div>
    );
  const groups = {
    Firing: heard.filter(({ state }) => state === "firing"),
    Pending: heard.filter(({ state }) => state !== "firing"),
    Silenced: silenced,
  };
  return Object.entries(groups).map(([name, alerts]) => (
    <AlertList key={name} title={name} alerts={alerts} most={FIRST} />
  ));
}

function PastAlerts({ past }: { past: readonly Alert[] }) {
  const now = useNow();
  const [first, more] = useFirst(past, FIRST);
  const columns: readonly Column<Alert>[] = [
    {
      name: "Alert",
      cell: (alert) => (
        <>
          <Badge appearance={alertAppearance(alert)} />
          <span class="past-what">
            {alert.summary}
            <span class="detail">{alert.evidence}</span>
          </span>
        </>
      ),
    },
    { name: "Orchestrator", cell: ({ target }) => <a href={targetAddress(target)}>{target}</a> },
    { name: "Fired", cell: (alert) => formatTime(begun(alert), now) },
    { name: "Resolved", cell: ({ resolvedAt = now }) => formatTime(resolvedAt, now) },
    {
      name: "Duration",
      class: "number",
      cell: (alert) => formatSpan(begun(alert), alert.resolvedAt),
    },
  ];
  return (
    <Section title="Past" tally={past.length}>
      {past.length === 0 ? (
        <div class="empty">No past alerts.</div>
      ) : (
        <div class="card">
          <Table
            class="past"
            caption="Resolved alerts, newest first"
            columns={columns}
            rows={first}
            keyOf={({ fingerprint, since, resolvedAt }) => `${fingerprint} ${since} ${resolvedAt}`}
          />
        </div>
      )}
      {more}
    </Section>
  );
}

const begun = ({ firedAt, since }: Alert) => firedAt ?? since;
