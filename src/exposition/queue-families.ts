/** Tasks, jobs, breakers and gates. */
import type {
  BreakersPart,
  Gate,
  GatesPart,
  GetMetricsResponse,
  QueueSection,
} from "../../gen/orchestrator/metrics/v1/metrics_pb.js";
import {
  counter,
  distinct,
  type Family,
  gauge,
  labels,
  type Sample,
  seconds,
} from "../../shared/metric-family.ts";

const STATES = ["closed", "open", "half_open"];

export function taskFamilies({ stages }: GetMetricsResponse): readonly Family[] {
  if (!stages || stages.error) return [];
  return [gauge("orch_tasks", "Active tasks by stage.", counted("task_stage", stages.counts))];
}

export function queueFamilies({ queue }: GetMetricsResponse): readonly Family[] {
  if (!queue) return [];
  return [
    ...(queue.error ? [] : jobFamilies(queue)),
    ...breakerFamilies(queue.breakers),
    ...gateFamilies(queue.gates),
  ];
}

function jobFamilies(queue: QueueSection): readonly Family[] {
  const { retries } = queue;
  return [
    gauge(
      "orch_jobs",
      "Jobs by status. Finished jobs count while the orchestrator keeps them.",
      counted("status", queue.counts),
    ),
    gauge(
      "orch_queue_oldest_queued_seconds",
      "Waiting time of the longest-waiting job.",
      known(queue.oldestQueuedSeconds),
    ),
    gauge(
      "orch_queue_oldest_running_seconds",
      "Running time of the longest-running job.",
      known(queue.oldestRunningSeconds),
    ),
    counter(
      "orch_job_attempts_total",
      "Starts of jobs. It falls when the orchestrator's history is pruned.",
      known(retries?.attemptsTotal),
    ),
    gauge("orch_job_retries_retried", "Jobs that were started more than once.", known(retries?.retriedJobs)),
    gauge("orch_job_retries_exhausted", "Failed jobs with no attempt left.", known(retries?.exhaustedJobs)),
    gauge("orch_job_retries_delayed", "Queued jobs that cannot start yet.", known(queue.delayedJobs)),
    gauge("orch_job_retries_waiting", "Queued jobs that were started before.", known(retries?.waitingRetry)),
  ];
}

function breakerFamilies(breakers: BreakersPart | undefined): readonly Family[] {
  if (!breakers || breakers.error) return [];
  // A join may list one twice. An open breaker must not look closed, and a held gate must not look free.
  const items = breakers.items.toSorted((a, b) => openness(b.state) - openness(a.state));
  const states = items.flatMap(({ name, state }) =>
    [...new Set([...STATES, state])].map(
      (one): Sample => ({
        labels: labels(["name", name], ["state", one]),
        value: one === state ? 1 : 0,
      }),
    ),
  );
  const failures = items.flatMap(({ name, failures: value }) => known(value, labels(["name", name])));
  return [
    gauge("orch_breaker_state", "1 for the state that a circuit breaker is in.", distinct(states)),
    gauge(
      "orch_breaker_failures",
      "Consecutive failures that a circuit breaker counted.",
      distinct(failures),
    ),
  ];
}

const openness = (state: string) => (state === "closed" ? 0 : state === "open" ? 2 : 1);

function gateFamilies(gates: GatesPart | undefined): readonly Family[] {
  if (!gates || gates.error) return [];
  // Not every source records the holder.
  const held = (gate: Gate) => Number(Boolean(gate.holderTaskId ?? gate.acquiredAt));
  const items = gates.items.toSorted((a, b) => held(b) - held(a));
  const each = (value: (gate: Gate) => number | undefined) =>
    distinct(items.flatMap((gate): Sample[] => known(value(gate), labels(["scope", gate.scope]))));
  return [
    gauge("orch_gate_held", "1 while a task holds the gate.", each(held)),
    gauge(
      "orch_gate_waiting",
      "Tasks that wait for the gate.",
      each(({ waiting }) => waiting),
    ),
    gauge(
      "orch_gate_acquired_time_seconds",
      "Since when the gate is held, in seconds since the epoch.",
      each((gate) => seconds(gate.acquiredAt)),
    ),
  ];
}

function counted(label: string, counts: Readonly<Record<string, number>>): readonly Sample[] {
  return Object.entries(counts).map(([name, value]) => ({ labels: labels([label, name]), value }));
}

function known(value: number | undefined, series = ""): Sample[] {
  return value === undefined ? [] : [{ labels: series, value }];
}
