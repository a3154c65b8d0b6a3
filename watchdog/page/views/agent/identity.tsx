/** The identity of an agent, and its resource use. */
import type { RunningAgentJson, TaskStageJson } from "../../../../gen/orchestrator/metrics/v1/metrics_pb.js";
import type { AgentNow } from "../../../api.ts";
import {
  formatBytes,
  formatCount,
  formatDuration,
  formatMoney,
  formatShort,
  formatSpan,
  UNKNOWN,
} from "../../../words/format.ts";
import { numberOf, timeOf } from "../../../words/numbers.ts";
import { TimeAndAgo } from "../../parts/ago.tsx";
import { Figure } from "../../parts/figure.tsx";
import { Pair } from "../../parts/pair.tsx";
import { Section } from "../../parts/section.tsx";
import { Term } from "../../parts/term.tsx";
import { useNow } from "../../state/clock.ts";

export function AgentFigures({ agent, run }: { agent: AgentNow; run: RunningAgentJson }) {
  const now = useNow();
  const { usage, log, process } = run;
  const { growth, idleSince } = agent;
  const written = timeOf(log?.modified_at);
  const grown = (bytes: number | undefined) =>
    growth === undefined || bytes === undefined
      ? undefined
      : `${bytes < 0 ? "−" : "+"}${formatBytes(Math.abs(bytes))} in ${formatDuration(growth.seconds)}`;
  const tokens = [usage?.input_tokens, usage?.output_tokens].map(numberOf);
  const cached = numberOf(usage?.cache_read_tokens);
  return (
    <dl class="figures">
      <Figure name={<Term name="progress">No progress for</Term>} value={formatSpan(idleSince, now)} />
      <Figure name="Running" value={formatDuration(agent.runtimeSeconds)} />
      <Figure name="Cost" value={formatMoney(agent.costUsd)}>
        {agent.costUsd === undefined && <Term name="unpriced">unpriced</Term>}
      </Figure>
      <Figure name="Tokens in, out" value={tokens.map(formatShort).join(", ")}>
        {cached !== undefined && `plus ${formatShort(cached)} from the cache`}
      </Figure>
      <Figure name="Memory" value={formatBytes(numberOf(process?.resident_memory_bytes))}>
        {grown(growth?.memoryBytes)}
      </Figure>
      <Figure name="Log" value={formatBytes(numberOf(log?.size_bytes))}>
        {grown(growth?.logBytes)}
        {written !== undefined && `${growth ? ", " : ""}written ${formatSpan(written, now)} ago`}
      </Figure>
    </dl>
  );
}

interface IdentityProps {
  readonly agent: AgentNow;
  readonly run: RunningAgentJson;
  readonly task: TaskStageJson | undefined;
  /** The service's instance name, by default its host's name. */
  readonly instance: string | undefined;
}

export function Identity({ agent, run, task, instance }: IdentityProps) {
  const { process } = run;
  const used = numberOf(run.context_tokens);
  const most = numberOf(run.context_window_tokens);
  const connections = process?.connections?.established;
  return (
    <Section title="Identity" class="card">
      <dl class="pairs">
        <Pair name="Task">{[task?.work_item || agent.taskId, task?.title].filter(Boolean).join(", ")}</Pair>
        <Pair name={<Term name="stage">Stage</Term>}>{agent.taskStage}</Pair>
        <Pair name="Job">{[run.job_id, run.job_status].filter(Boolean).join(", ")}</Pair>
        <Pair name="Model">{agent.model}</Pair>
        <Pair name="Host">{agent.host || `the service's host (${instance ?? "unknown"})`}</Pair>
        <Pair name="PID">{agent.pid}</Pair>
        <Pair name="Program">{process?.program || process?.name}</Pair>
        <Pair name="Run started">
          <At text={run.started_at} />
        </Pair>
        <Pair name="Process started">
          <At text={process?.started_at} />
        </Pair>
        <Pair name="Last heartbeat">
          <At text={run.heartbeat_at} />
        </Pair>
        <Pair name="Last step">
          <At text={run.progress_at} />
        </Pair>
        <Pair name="Threads">{process && formatCount(process.threads)}</Pair>
        <Pair name="Connections">{connections !== undefined && formatCount(connections)}</Pair>
        <Pair name="Context">
          {used !== undefined &&
            `${formatShort(used)}${most ? ` of ${formatShort(most)} tokens` : " tokens"}`}
        </Pair>
      </dl>
    </Section>
  );
}

function At({ text }: { text: string | null | undefined }) {
  const time = timeOf(text);
  return time === undefined ? UNKNOWN : <TimeAndAgo time={time} />;
}
