/** The running agents, each with its verdict, the evidence, and its plots on demand. */
import type { ComponentChildren } from "preact";
import type { AgentNow, Target } from "../../../api.ts";
import { count } from "../../../words.ts";
import { Badge } from "../../parts/badge.tsx";
import { useFirst } from "../../parts/more.tsx";
import { Section } from "../../parts/section.tsx";
import { Empty, EnvelopePart } from "../../parts/states.tsx";
import { targetAddress } from "../../route.ts";
import { useNow } from "../../state/clock.ts";
import { formatDuration, formatMoney } from "../../words/format.ts";
import { verdictAppearance, verdictRank } from "../../words/verdicts.ts";
import { AgentPlots } from "./agent-plots.tsx";

const FIRST = 25;

export function AgentsSection({ target, runId }: { target: Target; runId: string | undefined }) {
  const { envelope, agents, summary } = target;
  const workItems = new Map(
    (envelope?.stages?.tasks ?? []).map((task) => [task.id ?? "", task.work_item ?? ""]),
  );
  const isThere = agents.some((agent) => agent.runId === runId);
  return (
    <Section id="agents" title="Agents">
      {runId !== undefined && !isThere && (
        <div class="card agent-alone">
          <h3>Run {runId}</h3>
          <p class="muted">
            It is no longer running. <a href={targetAddress(summary.name)}>Close</a>
          </p>
          <AgentPlots name={summary.name} runId={runId} />
        </div>
      )}
      <EnvelopePart part={envelope?.agents} what="agents">
        {({ running_omitted: omitted }) => (
          <>
            <Agents name={summary.name} agents={agents} runId={runId} workItems={workItems} />
            {omitted !== undefined && omitted > 0 && (
              <p class="footnote">{count(omitted, "more agent")} run, and are left out by the service.</p>
            )}
          </>
        )}
      </EnvelopePart>
    </Section>
  );
}

interface AgentsProps {
  readonly name: string;
  readonly agents: readonly AgentNow[];
  readonly runId: string | undefined;
  readonly workItems: ReadonlyMap<string, string>;
}

function Agents({ name, agents, runId, workItems }: AgentsProps) {
  // The one that is open comes with the first, wherever it stands.
  const sorted = [...agents].sort(
    (one, other) => verdictRank(one.verdict.name) - verdictRank(other.verdict.name) || byRun(one, other),
  );
  const [first, more] = useFirst(sorted, FIRST);
  const open = sorted.find((agent) => agent.runId === runId);
  if (agents.length === 0) return <Empty>No agent is running.</Empty>;
  return (
    <>
      <ul class="agents card">
        {(open && !first.includes(open) ? [open, ...first] : first).map((agent) => (
          <Agent
            key={agent.runId}
            name={name}
            agent={agent}
            workItem={workItems.get(agent.taskId)}
            isOpen={agent === open}
          />
        ))}
      </ul>
      {more}
    </>
  );
}

interface AgentProps {
  readonly name: string;
  readonly agent: AgentNow;
  readonly workItem: string | undefined;
  readonly isOpen: boolean;
}

function Agent({ name, agent, workItem, isOpen }: AgentProps) {
  const { runId, verdict } = agent;
  const appearance = verdictAppearance(verdict.name);
  return (
    <li class={`agent ${appearance.tone}`}>
      <p class="verdict">
        <Badge appearance={appearance} />
        <span class="since">
          <Lasted since={verdict.since} />
        </span>
      </p>
      <h3>
        {agent.agent} <span class="model">{agent.model || "model not known"}</span>
      </h3>
      <p class="evidence">{verdict.evidence}</p>
      <dl class="facts">
        <Fact name="Run">{runId}</Fact>
        <Fact name="Task">
          {workItem || agent.taskId || "none"}
          {agent.taskStage && <span class="muted"> {agent.taskStage}</span>}
        </Fact>
        <Fact name="Running">{formatDuration(agent.runtimeSeconds)}</Fact>
        <Fact name="Cost">{agent.costUsd === undefined ? "unpriced" : formatMoney(agent.costUsd)}</Fact>
      </dl>
      <a
        class="button plots-link"
        href={targetAddress(name, isOpen ? undefined : runId)}
        aria-expanded={isOpen}
      >
        {isOpen ? "Hide plots" : "Plots"}
        <span class="only-heard">
          {" "}
          of {agent.agent}, run {runId}
        </span>
      </a>
      {isOpen && <AgentPlots name={name} runId={runId} />}
    </li>
  );
}

function Lasted({ since }: { since: number }) {
  const now = useNow();
  return <>for {formatDuration((now - since) / 1_000)}</>;
}

function Fact({ name, children }: { name: string; children: ComponentChildren }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

/** The oldest first, by numbers where they are. */
function byRun(one: AgentNow, other: AgentNow): number {
  return one.runId.localeCompare(other.runId, "en", { numeric: true });
}
