/** One orchestrator: its current state, and its history. */
import type { ComponentChildren } from "preact";
import { useContext } from "preact/hooks";
import type { Target, TargetSummary } from "../../../api.ts";
import { sentence } from "../../../words/format.ts";
import { isOld, TARGET_STATES } from "../../../words/states.ts";
import { TimeAndAgo } from "../../parts/ago.tsx";
import { AlertList } from "../../parts/alert-list.tsx";
import { Badge } from "../../parts/badge.tsx";
import { Icon } from "../../parts/icon.tsx";
import { Failure, Loading } from "../../parts/states.tsx";
import { fleetAddress } from "../../route.ts";
import { Standstill } from "../../state/clock.ts";
import { useResource } from "../../state/resource.ts";
import { AgentsSection } from "./agents.tsx";
import { GuardsSections } from "./guards.tsx";
import { HistorySection } from "./history.tsx";
import { QueueSection } from "./queue.tsx";
import { StagesSection } from "./stages.tsx";
import { TargetFigures } from "./target-figures.tsx";

const MAY_BE_REMOVED = "It may have been removed from the list of targets.";

interface Props {
  readonly name: string;
  /** It is the only orchestrator. */
  readonly isAlone: boolean;
}

export function TargetView({ name, isAlone }: Props) {
  const { data, error } = useResource<Target>(`api/targets/${encodeURIComponent(name)}`, { target: name });
  const isGone = error?.code === "not_found";
  return (
    <>
      {!isAlone && (
        <nav class="way" aria-label="Breadcrumb">
          <a href={fleetAddress}>Fleet</a> <span aria-hidden="true">/</span>
        </nav>
      )}
      <div class="view-head">
        <h1>{name}</h1>
        {data && <Badge appearance={TARGET_STATES[data.summary.state]} />}
        {data && <p class="origin">{originOf(data)}</p>}
      </div>
      {isGone && <Failure error={{ ...error, message: `${sentence(error.message)} ${MAY_BE_REMOVED}` }} />}
      {error && !isGone && !data && <Failure error={error} />}
      {!data && !error && <Loading what={name} />}
      {data && <Staleness target={data} />}
      {data && <Now target={data} />}
      {data && <HistorySection name={name} />}
    </>
  );
}

function originOf({ summary: { url, schemaVersion: schema }, envelope }: Target): string {
  return [envelope?.instance, url, schema && `schema ${schema}`].filter(Boolean).join(" · ");
}

/** A banner if the data below is not current. */
export function Staleness({ target: { summary, envelope } }: { target: Target }) {
  const { state, note, readAt } = summary;
  const { meaning, tone, icon } = TARGET_STATES[state];
  if (!meaning) return null;
  return (
    <p class={`banner inset ${tone}`} role="status">
      <Icon name={icon} />
      <span>
        <b>{meaning}</b> {note && sentence(note)}{" "}
        {isOld(state) && envelope && readAt !== undefined && (
          <>
            The data shown is from <TimeAndAgo time={readAt} />.
          </>
        )}
      </span>
    </p>
  );
}

function Now({ target }: { target: Target }) {
  const { envelope, alerts, summary } = target;
  const open = <AlertList title="Open alerts" alerts={alerts} most={3} here={summary.name} />;
  if (!envelope)
    return (
      <>
        {open}
        <div class="empty">
          <h2>No data received yet</h2>
          <p>Its agents, queue and stages appear here once it answers.</p>
        </div>
      </>
    );
  return (
    <>
      <AsRead summary={summary}>
        <TargetFigures target={target} />
      </AsRead>
      {open}
      <AsRead summary={summary}>
        <AgentsSection target={target} />
        <div class="columns">
          <div>
            <QueueSection queue={envelope.queue} />
            <GuardsSections queue={envelope.queue} />
          </div>
          <StagesSection stages={envelope.stages} />
        </div>
      </AsRead>
    </>
  );
}

/** Greys out old data and stops its clocks. */
export function AsRead({ summary, children }: { summary: TargetSummary; children: ComponentChildren }) {
  const outer = useContext(Standstill);
  const { state, readAt } = summary;
  if (!isOld(state)) return <>{children}</>;
  return (
    <Standstill.Provider value={readAt ?? outer}>
      <div class="as-read">{children}</div>
    </Standstill.Provider>
  );
}
