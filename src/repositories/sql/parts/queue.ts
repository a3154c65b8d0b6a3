/** Reads the queue: jobs by status, their ages and retries, running jobs, circuit breakers and serial gates. */
import { type SectionName, STATUSES } from "../../../profiles/contract.ts";
import type { BreakerRow, GateRow, QueueRows, RunningJobRow } from "../../repository.ts";
import { SourceError } from "../../source-failure.ts";
import { type Cells, refuseUndecided, rowOf, whole } from "../columns.ts";
import type { Dated } from "../history/aggregate-section.ts";
import { agesIn } from "../history/open-jobs.ts";
import type { PartContext } from "../part-context.ts";
import { LARGEST_COUNT } from "../ranges.ts";
import type { Source } from "../source.ts";
import { query, type StatementGenerator } from "../statements.ts";

type Sums = Pick<QueueRows, "counts" | "retries" | "historyAsOfMs">;
type Ages = Omit<QueueRows, keyof Sums | "unreported">;
type Retries = NonNullable<QueueRows["retries"]>;

export function* readQueue(context: PartContext): StatementGenerator<QueueRows> {
  const { source, history, nowMs } = context;
  const { unreportedStatuses: unreported } = source.profile;
  if (source.has("jobs")) {
    const totals = yield* history.sums("jobs", nowMs);
    return { ...sumsIn(source, "jobs", totals), ...agesIn(source, totals.open, nowMs), unreported };
  }
  const sums = source.has("job_history")
    ? sumsIn(source, "job_history", yield* history.sums("job_history", nowMs))
    : yield* sumsOfSource(context);
  const ages = source.has("queue_ages")
    ? single("queue_ages", yield* query("queue_ages", `SELECT * FROM ${source.from("queue_ages")}`))
    : {};
  return { ...sums, unreported, ...rowOf<Ages>(source, "queue_ages", ages) };
}

/** Returns the service's own totals over rows. */
function sumsIn(source: Source, section: SectionName, { rows, asOfMs }: Dated): Sums {
  for (const row of rows) refuseUndecided(row, section);
  const sum = (column: string) => rows.reduce((total, row) => total + whole(row, column), 0);
  const attempts = sum("attempts_total");
  // If no job has a value in a column, nothing can be derived from it.
  const isUnknown = (column: string) => sum("jobs") > 0 && sum(column) === 0;
  return {
    counts: rows.map((row) => jobCount(source, row)),
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

/** Returns the totals that the source provides. */
function* sumsOfSource({ source, history, nowMs }: PartContext): StatementGenerator<Sums> {
  const counts = yield* history.aggregate("queue_counts", nowMs);
  const retries = source.has("queue_retries") ? yield* history.aggregate("queue_retries", nowMs) : undefined;
  return {
    counts: counts.rows.map((row) => jobCount(source, row)),
    retries: retries ? retriesIn(source, single("queue_retries", retries.rows)) : null,
    historyAsOfMs: Math.min(counts.asOfMs, retries?.asOfMs ?? counts.asOfMs),
  };
}

function retriesIn(source: Source, row: Cells): Retries {
  type Row = Retries & { readonly attempts: number | null };
  const { attempts: attemptsTotal, ...retries } = rowOf<Row>(source, "queue_retries", row);
  return { ...retries, attemptsTotal };
}

function single(section: SectionName, rows: readonly Cells[]): Cells {
  const [row] = rows;
  if (rows.length === 1 && row) return row;
  const found = rows.length === 0 ? "no row" : "several rows";
  throw SourceError.of("data_loss", `section ${section} returns ${found}, but one is expected`);
}

function jobCount(source: Source, row: Cells): QueueRows["counts"][number] {
  const count = rowOf<QueueRows["counts"][number]>(source, "queue_counts", row);
  if (STATUSES.some((known) => known === count.status)) return count;
  throw SourceError.of(
    "data_loss",
    `column status holds a word other than ${STATUSES.join(", ")}: map it to "other"`,
  );
}

export function* readRunningJobs(context: PartContext): StatementGenerator<readonly RunningJobRow[]> {
  const { source, maxItems } = context;
  if (!source.has("jobs")) return yield* listedRunning(context);
  const { dialect } = source;
  const texts = ["task_id", "kind"].map((name) => source.boundedColumn("jobs", name));
  const rows = yield* query(
    "jobs",
    `SELECT ${dialect.name("CAST(job_key AS TEXT)")} AS job_id, ${texts.join(", ")}, started_at_ms, attempts, max_attempts
    FROM ${source.from("jobs")} WHERE is_open AND status = 'running' ORDER BY ${RUNNING_ORDER} LIMIT ${maxItems}`,
  );
  return rows.map((row) => rowOf<RunningJobRow>(source, "queue_running", row, "jobs"));
}

const RUNNING_ORDER = "started_at_ms NULLS FIRST, job_id";
const listedRunning = lister<RunningJobRow>("queue_running", RUNNING_ORDER);
export const readBreakers = lister<BreakerRow>("breakers", "name");
export const readGates = lister<GateRow>("gates", "scope");

/** Returns a reader of the rows of a section, in this order. */
function lister<Row>(section: SectionName, order: string) {
  return function* ({ source, maxItems }: PartContext): StatementGenerator<readonly Row[]> {
    const rows = yield* query(
      section,
      `SELECT ${source.bounded(section)} FROM ${source.from(section)} ORDER BY ${order} LIMIT ${maxItems}`,
    );
    return rows.map((row) => rowOf<Row>(source, section, row));
  };
}
