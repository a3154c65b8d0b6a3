/** Every orchestrator in a row, the one that needs somebody first. */
import { useState } from "preact/hooks";
import type { Fleet, TargetSummary } from "../../api.ts";
import { Ago } from "../parts/ago.tsx";
import { Badge, VerdictCounts } from "../parts/badge.tsx";
import { Figure, Figures } from "../parts/figures.tsx";
import { Segments } from "../parts/segments.tsx";
import { Empty, Loading } from "../parts/states.tsx";
import { targetAddress } from "../route.ts";
import type { Resource } from "../state/resource.ts";
import {
  formatBytes,
  formatCount,
  formatDuration,
  formatMoney,
  plural,
  sentence,
  UNKNOWN,
} from "../words/format.ts";
import { stateRank, TARGET_STATES } from "../words/states.ts";
import { troubleOf, verdictRank } from "../words/verdicts.ts";

const ORDERS = [
  { value: "urgency", word: "Worst first" },
  { value: "name", word: "By name" },
] as const;
type Order = (typeof ORDERS)[number]["value"];

export function FleetView({ fleet: { data, error } }: { fleet: Resource<Fleet> }) {
  const [order, setOrder] = useState<Order>("urgency");
  return (
    <>
      <div class="view-head">
        <h1>Fleet</h1>
        {data && data.targets.length > 1 && (
          <Segments legend="Order" options={ORDERS} value={order} choose={setOrder} />
        )}
      </div>
      {data ? <FleetTable fleet={data} order={order} /> : !error && <Loading what="the fleet" lines={6} />}
    </>
  );
}

function FleetTable({ fleet, order }: { fleet: Fleet; order: Order }) {
  if (fleet.targets.length === 0)
    return (
      <Empty>
        <h2>Nothing is watched</h2>
        <p>
          Give the watchdog an orchestrator: <code>--target NAME=URL</code>, or a file of them by{" "}
          <code>--targets</code>. A file is read again when it changes.
        </p>
      </Empty>
    );
  return (
    <>
      <FleetFigures fleet={fleet} />
      <div class="card">
        <table class="fleet">
          <caption class="only-heard">The orchestrators that are watched</caption>
          <thead>
            <tr>
              <th scope="col">Orchestrator</th>
              <th scope="col">State</th>
              <th scope="col">Agents</th>
              <th scope="col" class="number">
                Active tasks
              </th>
              <th scope="col" class="number">
                Queued
              </th>
              <th scope="col" class="number">
                Oldest
              </th>
              <th scope="col" class="number">
                Today
              </th>
              <th scope="col" class="number">
                Firing
              </th>
            </tr>
          </thead>
          <tbody>
            {sorted(fleet.targets, order).map((target) => (
              <Row key={target.name} target={target} />
            ))}
          </tbody>
        </table>
      </div>
      <p class="footnote">
        Each is read every {formatDuration(fleet.pollSeconds)}.
        {fleet.recording.on && fleet.recording.bytes !== undefined
          ? ` The history takes ${formatBytes(fleet.recording.bytes)}.`
          : ""}
      </p>
    </>
  );
}

function Row({ target }: { target: TargetSummary }) {
  const old = isOld(target);
  return (
    <tr class={old ? "old" : ""}>
      <th scope="row">
        <a href={targetAddress(target.name)}>{target.name}</a>
        <span class="address">{target.url}</span>
      </th>
      <td class="state">
        <Badge appearance={TARGET_STATES[target.state]} />
        <span class="note">
          {old && target.readAt !== undefined && (
            <>
              Read <Ago time={target.readAt} />.{" "}
            </>
          )}
          {target.note && sentence(target.note)}
        </span>
      </td>
      <td data-label="Agents" class="wide">
        {target.readAt === undefined ? UNKNOWN : <VerdictCounts counts={target.verdicts} />}
      </td>
      <td data-label="Active tasks" class="number">
        {formatCount(target.activeTasks)}
      </td>
      <td data-label="Queued" class="number">
        {formatCount(target.queued)}
      </td>
      <td data-label="Oldest" class="number">
        {target.queued === 0 ? "none" : formatDuration(target.oldestQueuedSeconds)}
      </td>
      <td data-label="Today" class="number">
        {formatMoney(target.spentTodayUsd)}
      </td>
      <td data-label="Firing" class="number">
        {target.firing > 0 ? <span class="count">{target.firing}</span> : "0"}
      </td>
    </tr>
  );
}

function FleetFigures({ fleet: { targets } }: { fleet: Fleet }) {
  const sum = (value: (target: TargetSummary) => number | undefined) =>
    targets.reduce<number | undefined>((total, target) => {
      const more = value(target);
      return more === undefined ? total : (total ?? 0) + more;
    }, undefined);
  const verdicts: Record<string, number> = {};
  for (const target of targets) {
    for (const [name, count = 0] of Object.entries(target.verdicts))
      verdicts[name] = (verdicts[name] ?? 0) + count;
  }
  const agents = Object.values(verdicts).reduce((total, count) => total + count, 0);
  const unwell = targets.filter(({ state }) => state !== "up").length;
  const oldest = Math.max(...targets.map(({ oldestQueuedSeconds }) => oldestQueuedSeconds ?? -1));
  const firing = sum((target) => target.firing) ?? 0;
  const needy = targets.filter((target) => target.firing > 0).length;
  return (
    <Figures>
      <Figure name="Orchestrators" value={formatCount(targets.length)}>
        {unwell === 0 ? "all up" : `${plural(unwell, "is", "are")} not up`}
      </Figure>
      <Figure name="Agents running" value={formatCount(agents)}>
        {troubleOf(verdicts)}
      </Figure>
      <Figure name="Queued jobs" value={formatCount(sum((target) => target.queued))}>
        {oldest >= 0 ? `oldest ${formatDuration(oldest)}` : "none waits"}
      </Figure>
      <Figure name="Spent today" value={formatMoney(sum((target) => target.spentTodayUsd))} />
      <Figure name="Alerts firing" value={formatCount(firing)}>
        {firing === 0 ? "quiet" : `on ${plural(needy, "orchestrator")}`}
      </Figure>
    </Figures>
  );
}

/** Whether its figures are from before, because no newer ones come. */
function isOld({ state }: TargetSummary): boolean {
  return state === "down" || state === "stale" || state === "unauthenticated";
}

function sorted(targets: readonly TargetSummary[], order: Order): TargetSummary[] {
  const worst = ({ verdicts }: TargetSummary) =>
    Math.min(...Object.keys(verdicts).map(verdictRank), verdictRank(""));
  return [...targets].sort(
    (one, other) =>
      (order === "name"
        ? 0
        : other.firing - one.firing ||
          stateRank(one.state) - stateRank(other.state) ||
          worst(one) - worst(other)) || one.name.localeCompare(other.name),
  );
}
