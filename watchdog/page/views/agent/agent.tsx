/** One agent: verdict and evidence, identity, processes, and commands. */
import type { RunningAgentJson } from "../../../../gen/orchestrator/metrics/v1/metrics_pb.js";
import type { AgentNow, Target } from "../../../api.ts";
import { formatSpan, sentence } from "../../../words/format.ts";
import { CAUSES } from "../../../words/glossary.ts";
import { verdictAppearance } from "../../../words/verdicts.ts";
import { AlertList } from "../../parts/alert-list.tsx";
import { Badge } from "../../parts/badge.tsx";
import { Copyable } from "../../parts/copy.tsx";
import { Pair } from "../../parts/pair.tsx";
import { Section } from "../../parts/section.tsx";
import { Failure, Loading } from "../../parts/states.tsx";
import { fleetAddress, targetAddress } from "../../route.ts";
import { useNow } from "../../state/clock.ts";
import { useResource } from "../../state/resource.ts";
import { AsRead, Staleness } from "../target/target.tsx";
import { AgentTimeline } from "./agent-plots.tsx";
import { commandsFor } from "./commands.ts";
import { AgentFigures, Identity } from "./identity.tsx";
import { linksOf } from "./links.ts";
import { ProcessTree } from "./tree.tsx";

export function AgentView({ name, runId }: { name: string; runId: string }) {
  const { data, error } = useResource<Target>(`api/targets/${encodeURIComponent(name)}`, { target: name });
  const agent = data?.agents.find((each) => each.runId === runId);
  return (
    <>
      <nav class="way" aria-label="Breadcrumb">
        <a href={fleetAddress}>Fleet</a> <span aria-hidden="true">/</span>{" "}
        <a href={targetAddress(name)}>{name}</a> <span aria-hidden="true">/</span>
      </nav>
      <div class="view-head">
        <h1>
          {agent?.agent} run {runId}
        </h1>
        {agent && <Badge appearance={verdictAppearance(agent.verdict.name)} />}
      </div>
      {data && <Staleness target={data} />}
      {data && agent && <Now target={data} agent={agent} />}
      {!data && (error ? <Failure error={error} /> : <Loading what={`run ${runId}`} />)}
      {data && <AgentTimeline name={name} runId={runId} isRunning={data.envelope && agent !== undefined} />}
    </>
  );
}

function Now({ target, agent }: { target: Target; agent: AgentNow }) {
  const { envelope, summary, alerts } = target;
  const run: RunningAgentJson = envelope?.agents?.running?.find(({ run_id: id }) => id === agent.runId) ?? {};
  const task = envelope?.stages?.tasks?.find(({ id }) => id === agent.taskId);
  const own = alerts.filter(({ labels }) => labels.run_id === agent.runId);
  const { pid, host, model, runId, taskId } = agent;
  const links = linksOf(target.links, {
    ...{ target: summary.name, run_id: runId, task_id: taskId, work_item: task?.work_item ?? "" },
    ...{ job_id: run.job_id ?? "", agent: agent.agent, model, host: host ?? "", pid: pid ?? "" },
  });
  return (
    <AsRead summary={summary}>
      <Why agent={agent} />
      {links.length > 0 && (
        <p class="links">
          {links.map(([name, address]) => (
            <a key={name} href={address} target="_blank" rel="noreferrer">
              {name}
              <span class="only-heard">, in a new tab</span>
            </a>
          ))}
        </p>
      )}
      <AgentFigures agent={agent} run={run} />
      <AlertList title="Open alerts" alerts={own} most={20} here={summary.name} />
      <div class="columns">
        <Identity agent={agent} run={run} task={task} instance={envelope?.instance} />
        <div>
          <ProcessTree run={run} />
          <Section title="Commands" class="card commands">
            <p class="muted">
              Run these on {host || "the service's machine"}. The service does not report the path of the
              agent's log.
            </p>
            <dl class="pairs">
              {commandsFor(run, agent.verdict, summary.url).map(({ what, text }) => (
                <Pair key={what} name={what}>
                  <Copyable text={text} />
                </Pair>
              ))}
            </dl>
          </Section>
        </div>
      </div>
    </AsRead>
  );
}

function Why({ agent: { verdict } }: { agent: AgentNow }) {
  const now = useNow();
  const { cause } = verdict;
  return (
    <p class="why-now">
      <b>For {formatSpan(verdict.since, now)}.</b>
      {cause !== undefined && (
        <>
          {" "}
          Waits for{" "}
          <span class="term" title={CAUSES[cause]?.meaning}>
            {CAUSES[cause]?.word ?? cause}
          </span>
          .
        </>
      )}{" "}
      {sentence(verdict.evidence)}
    </p>
  );
}
