/** All orchestrators as rows, the most urgent first. */
import type { Fleet, TargetSummary } from "../../api.ts";
import type { VerdictName } from "../../judgement/verdict.ts";
import { sumOfKnown } from "../../sum-of-known.ts";
import {
  formatBytes,
  formatCount,
  formatDuration,
  formatMoney,
  sentence,
  UNKNOWN,
} from "../../words/format.ts";
import { isOld, stateRank, TARGET_STATES } from "../../words/states.ts";
import { count } from "../../words/text.ts";
import { troubleOf, verdictRank } from "../../words/verdicts.ts";
import { Ago } from "../parts/ago.tsx";
import { Badge, VerdictCounts } from "../parts/badge.tsx";
import { Figure } from "../parts/figure.tsx";
import { usePage } from "../parts/pager.tsx";
import { Segments } from "../parts/segments.tsx";
import { Sparkline } from "../parts/sparkline.tsx";
import { Loading } from "../parts/states.tsx";
import { type Column, Table } from "../parts/table.tsx";
import { targetAddress } from "../route.ts";
import { useParameters } from "../state/address.ts";
import type { Resource } from "../state/resource.ts";

const ORDERS = [
  { value: "urgency", word: "Worst first" },
  { value: "name", word: "By name" },
] as const;
type Order = (typeof ORDERS)[number]["value"];

export function FleetView({ fleet: { data, error } }: { fleet: Resource<Fleet> }) {
  const [parameters, change] = useParameters();
  const order: Order = parameters.get("order") === "name" ? "name" : "urgency";
  const setOrder = (next: Order) => change({ order: next === "urgency" ? "" : next });
  return (
    <>
      <div class="view-head">
        <h1>Fleet</h1>
        {data && data.targets.length > 1 && (
          <Segments legend="Order" options={ORDERS} value={order} choose={setOrder} />
        )}
      </div>
      {data ? <FleetTable fleet={data} order={order} /> : !error && <Loading what="the fleet" />}
    </>
  );
}

function FleetTable({ fleet, order }: { fleet: Fleet; order: Order }) {
  const [rows, pager] = usePage(sorted(fleet.targets, order));
  if (fleet.targets.length === 0)
    return (
      <div class="empty">
        <h2>No orchestrators configured</h2>
        <p>
          Add one with <code>--target NAME=URL</code>, or list them in a file with <code>--targets</code>. The
          file is reread when it changes.
        </p>
      </div>
    );
  return (
    <>
      <FleetFigures fleet={fleet} />
      <div class="card">
        <Table
          class="fleet"
          caption="Watched orchestrators"
          columns={COLUMNS}
          rows={rows}
          keyOf={({ name }) => name}
          rowClass={(target) => (isOld(target.state) ? "old" : "")}
        />
      </div>
      {pager}
      <p class="footnote">
        Each orchestrator is polled every {formatDuration(fleet.pollSeconds)}.
        {fleet.recording.on && fleet.recording.bytes !== undefined
          ? ` The history file takes ${formatBytes(fleet.recording.bytes)}.`
          : ""}
        {fleet.recording.on && fleet.recording.note && ` ${sentence(fleet.recording.note)}`}
      </p>
    </>
  );
}

const COLUMNS: readonly Column<TargetSummary>[] = [
  {
    name: "Orchestrator",
    cell: ({ name, url }) => (
      <>
        <a href={targetAddress(name)}>{name}</a>
        <span class="detail">{url}</span>
      </>
    ),
  },
  { name: "State", class: "state", unlabelled: true, cell: (target) => <State target={target} /> },
  {
    name: "Agents",
    class: "wide",
    cell: ({ agents, verdicts }) => (agents === undefined ? UNKNOWN : <VerdictCounts counts={verdicts} />),
  },
  { name: "Active tasks", class: "number", cell: ({ activeTasks }) => formatCount(activeTasks) },
  { name: "Queued", class: "number", cell: ({ queued }) => formatCount(queued) },
  {
    name: "Queue trend",
    cell: ({ queuedTrail = [] }) => <Sparkline values={queuedTrail} what="Queued in the last hour" />,
  },
  {
    name: "Oldest",
    class: "number",
    cell: ({ queued, oldestQueuedSeconds }) => (queued === 0 ? "none" : formatDuration(oldestQueuedSeconds)),
  },
  { name: "Today", class: "number", cell: ({ spentTodayUsd }) => formatMoney(spentTodayUsd) },
  {
    name: "Firing",
    class: "number",
    cell: ({ firing }) => (firing > 0 ? <span class="count">{firing}</span> : "0"),
  },
];

function State({ target }: { target: TargetSummary }) {
  return (
    <>
      <Badge appearance={TARGET_STATES[target.state]} />
      <span class="detail">
        {isOld(target.state) && target.readAt !== undefined && (
          <>
            Read <Ago time={target.readAt} />.{" "}
          </>
        )}
        {target.note && sentence(target.note)}
      </span>
    </>
  );
}

function FleetFigures({ fleet: { targets } }: { fleet: Fleet }) {
  const sum = (value: (target: TargetSummary) => number | undefined) => sumOfKnown(targets.map(value));
  const names = new Set(targets.flatMap(({ verdicts }) => Object.keys(verdicts) as VerdictName[]));
  const verdicts = Object.fromEntries(
    [...names].map((name) => [name, sum((target) => target.verdicts[name]) ?? 0]),
  );
  const agents = sum((target) => target.agents);
  const queued = sum((target) => target.queued);
  const unwell = targets.filter(({ state }) => state !== "up").length;
  const oldest = Math.max(...targets.map(({ oldestQueuedSeconds }) => oldestQueuedSeconds ?? -1));
  const firing = sum((target) => target.firing) ?? 0;
  const needy = targets.filter((target) => target.firing > 0).length;
  return (
    <dl class="figures">
      <Figure name="Orchestrators" value={formatCount(targets.length)}>
        {unwell === 0 ? "all up" : `${formatCount(unwell)} not up`}
      </Figure>
      <Figure name="Agents running" value={formatCount(agents)}>
        {agents === undefined ? "unknown" : troubleOf(verdicts)}
      </Figure>
      <Figure name="Queued jobs" value={formatCount(queued)}>
        {queued === undefined ? "unknown" : oldest > 0 ? `oldest ${formatDuration(oldest)}` : "none waiting"}
      </Figure>
      <Figure name="Spent today" value={formatMoney(sum((target) => target.spentTodayUsd))} />
      <Figure name="Alerts firing" value={formatCount(firing)}>
        {firing === 0 ? "none firing" : `on ${count(needy, "orchestrator")}`}
      </Figure>
    </dl>
  );
}

const isUnreadable = ({ state }: TargetSummary) => TARGET_STATES[state].tone === "bad";

function sorted(targets: readonly TargetSummary[], order: Order): TargetSummary[] {
  const worst = ({ verdicts }: TargetSummary) =>
    Math.min(...Object.keys(verdicts).map(verdictRank), verdictRank(""));
  return [...targets].sort(
    (one, other) =>
      (order === "name"
        ? 0
        : Number(isUnreadable(other)) - Number(isUnreadable(one)) ||
          other.firing - one.firing ||
          stateRank(one.state) - stateRank(other.state) ||
          worst(one) - worst(other)) || one.name.localeCompare(other.name),
  );
}
