/** The job queue: counts by status, ages, retries, and running jobs. */
import type { QueueSectionJson, RunningJobJson } from "../../../../gen/orchestrator/metrics/v1/metrics_pb.js";
import { formatCount, formatDuration, formatSpan, UNKNOWN } from "../../../words/format.ts";
import { numberOf, timeOf } from "../../../words/numbers.ts";
import { count } from "../../../words/text.ts";
import { ShortTable } from "../../parts/more.tsx";
import { Pair } from "../../parts/pair.tsx";
import { EnvelopeCard, EnvelopePart } from "../../parts/section.tsx";
import type { Column } from "../../parts/table.tsx";
import { useNow } from "../../state/clock.ts";

const USUAL = ["queued", "running", "done", "failed", "cancelled"];

const COLUMNS: readonly Column<RunningJobJson>[] = [
  {
    name: "Job",
    cell: ({ job_id: id, task_id: task }) => (
      <>
        {id}
        {task && <span class="detail">task {task}</span>}
      </>
    ),
  },
  { name: "Kind", cell: ({ kind }) => kind ?? UNKNOWN },
  {
    name: "Attempt",
    class: "number",
    cell: ({ attempts, max_attempts: most }) => (
      <>
        {formatCount(attempts)}
        {most !== undefined && <span class="muted"> of {most}</span>}
      </>
    ),
  },
  { name: "Running", class: "number", cell: (job) => formatDuration(numberOf(job.running_seconds)) },
];

export function QueueSection({ queue }: { queue: QueueSectionJson | null | undefined }) {
  return (
    <EnvelopeCard title="Queue" part={queue} what="queue">
      {(ok) => (
        <>
          <Counts counts={ok.counts ?? {}} usual={USUAL} />
          <NativeCounts counts={ok.native_counts ?? {}} />
          <Ages queue={ok} />
          <EnvelopePart part={ok.running} what="running jobs">
            {({ items = [] }) => (
              <ShortTable
                caption="Running jobs"
                columns={COLUMNS}
                rows={items}
                keyOf={(job) => job.job_id}
                none="No job is running."
              />
            )}
          </EnvelopePart>
        </>
      )}
    </EnvelopeCard>
  );
}

type NumberOf = Readonly<Record<string, number>>;

/** The source's own statuses, where it says more by them. */
function NativeCounts({ counts }: { counts: NumberOf }) {
  if (Object.keys(counts).every((name) => USUAL.includes(name))) return null;
  return (
    <>
      <h3>In the source's own words</h3>
      <Counts counts={counts} usual={[]} />
    </>
  );
}

function Counts({ counts, usual }: { counts: NumberOf; usual: readonly string[] }) {
  const names = [...usual, ...Object.keys(counts).filter((name) => !usual.includes(name))];
  return (
    <dl class="counts">
      {names.map((name) => (
        <div key={name}>
          <dt>{name.replaceAll("_", " ")}</dt>
          <dd>{counts[name] === undefined ? UNKNOWN : formatCount(counts[name])}</dd>
        </div>
      ))}
    </dl>
  );
}

function Ages({ queue }: { queue: QueueSectionJson }) {
  const now = useNow();
  // A service of 0.1.0 has them only among the retries.
  const { retries, delayed_jobs: delayed = retries?.delayed_jobs } = queue;
  const oldest = numberOf(queue.oldest_queued_seconds);
  const next = timeOf(queue.next_available_at ?? retries?.next_available_at);
  const waiting = retries?.waiting_retry ?? 0;
  const none =
    queue.counts?.queued === 0 ? "none waiting" : delayed === undefined ? UNKNOWN : "none may start yet";
  return (
    <dl class="pairs">
      <Pair name="Oldest waiting">{oldest === undefined ? none : formatDuration(oldest)}</Pair>
      <Pair name="Longest running">{formatDuration(numberOf(queue.oldest_running_seconds))}</Pair>
      <Pair name="Delayed">
        {formatCount(delayed)}
        {next !== undefined && next > now && <span class="muted">, the next in {formatSpan(now, next)}</span>}
      </Pair>
      {retries && (
        <>
          <Pair name="Retried">
            {count(retries.retried_jobs ?? 0, "job")}
            {waiting > 0 && <span class="muted">, {formatCount(waiting)} queued again</span>}
          </Pair>
          <Pair name="Out of retries">
            {retries.exhausted_jobs !== undefined && count(retries.exhausted_jobs, "job")}
          </Pair>
        </>
      )}
    </dl>
  );
}
