/** The queue: jobs by status, their ages and retries, running jobs, circuit breakers and serial gates. */
import { type SectionName, STATUSES } from "../../../profiles/contract.ts";
import type { BreakerRow, GateRow, QueueRows, RunningJobRow } from "../../repository.ts";
import { SourceError } from "../../source-failure.ts";
import { type Cells, nullableText, nullableWhole, refuseUndecided, text, whole } from "../columns.ts";
import type { PartContext } from "../part-context.ts";
import { LARGEST_COUNT } from "../ranges.ts";
import { query, type StatementGenerator } from "../statements.ts";

type Sums = Pick<QueueRows, "counts" | "retries" | "historyAsOfMs">;

export function* readQueue(context: PartContext): StatementGenerator<QueueRows> {
  const { source } = context;
  const sums = yield* source.has("job_history") ? sumsOfRows(context) : sumsOfSource(context);
  const ages = source.has("queue_ages")
    ? single("queue_ages", yield* query("queue_ages", `SELECT * FROM ${source.from("queue_ages")}`))
    : {};
  return {
    ...sums,
    unreported: source.profile.unreportedStatuses,
    oldestQueuedAtMs: nullableWhole(ages, "oldest_queued_at_ms"),
    oldestRunningAtMs: nullableWhole(ages, "oldest_running_at_ms"),
    delayedJobs: nullableWhole(ages, "delayed_jobs"),
    nextAvailableAtMs: nullableWhole(ages, "next_available_at_ms"),
  };
}

/** The service's own sums over rows. */
function* sumsOfRows({ history, nowMs }: PartContext): StatementGenerator<Sums> {
  const { rows, asOfMs } = yield* history.sums("job_history", nowMs);
  for (const row of rows) refuseUndecided(row, "job_history");
  const sum = (column: string) => rows.reduce((total, row) => total + whole(row, column), 0);
  const attempts = sum("attempts_total");
  // A source whose jobs have none at all of a column does not tell what follows from it.
  const isUnknown = (column: string) => sum("jobs") > 0 && sum(column) === 0;
  return {
    counts: rows.map(jobCount),
    retries: isUnknown("told_attempts")
      ? null
      : {
          retriedJobs: sum("retried_jobs"),
          attemptsTotal: attempts <= LARGEST_COUNT ? attempts : null,
          exhaustedJobs: isUnknown("told_max_attempts") ? null : sum("exhausted_jobs"),
          waitingRetry: sum("waiting_retry"),
        },
    historyAsOfMs: asOfMs,
  };
}

/** The source's own sums. */
function* sumsOfSource({ source, history, nowMs }: PartContext): StatementGenerator<Sums> {
  const counts = yield* history.aggregate("queue_counts", nowMs);
  const retries = source.has("queue_retries") ? yield* history.aggregate("queue_retries", nowMs) : undefined;
  const row = retries ? single("queue_retries", retries.rows) : {};
  return {
    counts: counts.rows.map(jobCount),
    retries: retries
      ? {
          retriedJobs: whole(row, "retried_jobs"),
          attemptsTotal: nullableWhole(row, "attempts"),
          exhaustedJobs: nullableWhole(row, "exhausted_jobs"),
          waitingRetry: nullableWhole(row, "waiting_retry"),
        }
      : null,
    historyAsOfMs: Math.min(counts.asOfMs, retries?.asOfMs ?? counts.asOfMs),
  };
}

function single(section: SectionName, rows: readonly Cells[]): Cells {
  const [row] = rows;
  if (rows.length === 1 && row) return row;
  throw new SourceError({
    code: "data_loss",
    message: `section ${section} returns ${rows.length === 0 ? "no row" : "several rows"} where one is expected`,
  });
}

function jobCount(row: Cells): QueueRows["counts"][number] {
  const status = text(row, "status");
  if (!STATUSES.some((known) => known === status)) {
    throw new SourceError({
      code: "data_loss",
      message: `column status holds a word that is none of ${STATUSES.join(", ")}: map it to "other"`,
    });
  }
  return { status, nativeStatus: nullableText(row, "native_status"), jobs: whole(row, "jobs") };
}

export function* readRunningJobs({
  source,
  maxItems,
}: PartContext): StatementGenerator<readonly RunningJobRow[]> {
  const rows = yield* query(
    "queue_running",
    `SELECT ${source.bounded("queue_running")} FROM ${source.from("queue_running")}
     ORDER BY started_at_ms NULLS FIRST, job_id LIMIT ${source.dialect.value(1)}`,
    maxItems,
  );
  return rows.map((row) => ({
    jobId: text(row, "job_id"),
    taskId: nullableText(row, "task_id"),
    kind: nullableText(row, "kind"),
    startedAtMs: nullableWhole(row, "started_at_ms"),
    attempts: nullableWhole(row, "attempts"),
    maxAttempts: nullableWhole(row, "max_attempts"),
  }));
}

export function* readBreakers({ source, maxItems }: PartContext): StatementGenerator<readonly BreakerRow[]> {
  const rows = yield* query(
    "breakers",
    `SELECT ${source.bounded("breakers")} FROM ${source.from("breakers")} ORDER BY name LIMIT ${source.dialect.value(1)}`,
    maxItems,
  );
  return rows.map((row) => ({
    name: text(row, "name"),
    state: text(row, "state"),
    failures: nullableWhole(row, "failures"),
    openedAtMs: nullableWhole(row, "opened_at_ms"),
    retryAtMs: nullableWhole(row, "retry_at_ms"),
    updatedAtMs: nullableWhole(row, "updated_at_ms"),
  }));
}

export function* readGates({ source, maxItems }: PartContext): StatementGenerator<readonly GateRow[]> {
  const rows = yield* query(
    "gates",
    `SELECT ${source.bounded("gates")} FROM ${source.from("gates")} ORDER BY scope LIMIT ${source.dialect.value(1)}`,
    maxItems,
  );
  return rows.map((row) => ({
    scope: text(row, "scope"),
    holderTaskId: nullableText(row, "holder_task_id"),
    acquiredAtMs: nullableWhole(row, "acquired_at_ms"),
    waiting: nullableWhole(row, "waiting"),
  }));
}
