/** The running agents in a table that can be sorted and filtered, with links to their pages. */
import type { Target } from "../../../api.ts";
import { formatDuration, formatMoney, formatSpan, UNKNOWN } from "../../../words/format.ts";
import { causeWord } from "../../../words/glossary.ts";
import { isOld } from "../../../words/states.ts";
import { count } from "../../../words/text.ts";
import { verdictAppearance } from "../../../words/verdicts.ts";
import { Badge } from "../../parts/badge.tsx";
import { usePage } from "../../parts/pager.tsx";
import { EnvelopePart, Section } from "../../parts/section.tsx";
import { type Column, Table } from "../../parts/table.tsx";
import { agentAddress } from "../../route.ts";
import { useParameters } from "../../state/address.ts";
import { AgentFilters } from "./agent-filters.tsx";
import { filtered, type ListedAgent, ordered, withWorkItems } from "./agent-list.ts";

export function AgentsSection({ target }: { target: Target }) {
  const { envelope, agents, summary } = target;
  return (
    <Section title="Agents" tally={envelope?.agents?.error ? undefined : agents.length}>
      <EnvelopePart part={envelope?.agents} what="agents">
        {({ running_omitted: omitted }) => (
          <>
            {agents.length === 0 ? (
              <div class="empty">
                {isOld(summary.state) ? "No agent was running." : "No agent is running."}
              </div>
            ) : (
              <Agents target={target} />
            )}
            {omitted !== undefined && omitted > 0 && (
              <p class="footnote">The service omitted {count(omitted, "more running agent")}.</p>
            )}
          </>
        )}
      </EnvelopePart>
    </Section>
  );
}

function Agents({ target }: { target: Target }) {
  const { name, readAt = target.now } = target.summary;
  const [parameters, change] = useParameters();
  const agents = withWorkItems(target);
  const order = parameters.get("sort") ?? "verdict";
  const shown = ordered(filtered(agents, parameters), order);
  const [rows, pager] = usePage(shown);
  const by = order.replace(/^-/, "");
  const choose = (next: string) => change({ sort: next === by && order === by ? `-${by}` : next, page: "" });
  return (
    <>
      <AgentFilters agents={agents} shown={shown.length} />
      {rows.length === 0 ? (
        <div class="empty">No agent matches these filters.</div>
      ) : (
        <div class="card">
          <Table
            class="fleet compact"
            caption="Running agents"
            columns={columnsOf(name, readAt)}
            rows={rows}
            keyOf={({ runId }) => runId}
            rowClass={({ verdict }) => verdictAppearance(verdict.name).tone}
            sorting={{ by, descending: order !== by, choose }}
          />
        </div>
      )}
      {pager}
    </>
  );
}

/** Durations end at the reading, so that they match the evidence. */
function columnsOf(target: string, readAt: number): readonly Column<ListedAgent>[] {
  return [
    {
      name: "Agent",
      key: "agent",
      cell: ({ agent, runId }) => (
        <>
          <a href={agentAddress(target, runId)}>{agent || "agent"}</a> <span class="run">{runId}</span>
        </>
      ),
    },
    {
      name: "Verdict",
      key: "verdict",
      unlabelled: true,
      cell: ({ verdict }) => (
        <>
          <Badge appearance={verdictAppearance(verdict.name)} />{" "}
          <span class="muted">{formatSpan(verdict.since, readAt)}</span>
        </>
      ),
    },
    { name: "Task", key: "task", cell: ({ workItem, taskId }) => workItem || taskId || UNKNOWN },
    { name: "Model", key: "model", cell: ({ model }) => model || UNKNOWN },
    {
      name: "Waits for",
      key: "cause",
      cell: ({ verdict }) => (verdict.cause === undefined ? UNKNOWN : causeWord(verdict.cause)),
    },
    {
      name: "No progress",
      key: "idle",
      class: "number",
      cell: ({ idleSince }) => formatSpan(idleSince, readAt),
    },
    {
      name: "Running",
      key: "running",
      class: "number",
      cell: ({ runtimeSeconds }) => formatDuration(runtimeSeconds),
    },
    {
      name: "Cost",
      key: "cost",
      class: "number",
      cell: ({ costUsd }) => (costUsd === undefined ? "unpriced" : formatMoney(costUsd)),
    },
    {
      name: "Evidence",
      class: "why",
      unlabelled: true,
      cell: ({ verdict }) => <span title={verdict.evidence}>{verdict.evidence}</span>,
    },
  ];
}
