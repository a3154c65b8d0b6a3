/** The runs of all orchestrators that ended of late, and what they cost: by what they were for, or one by one. */
import type { ComponentChildren } from "preact";
import { useMemo } from "preact/hooks";
import type { Runs } from "../../api.ts";
import { columnsShown, createSummary, GROUPINGS, type Grouping, type Row } from "../../report/summary.ts";
import { count } from "../../words.ts";
import { Figure, Figures } from "../parts/figures.tsx";
import { usePage } from "../parts/pager.tsx";
import { Empty, Failure, Loading } from "../parts/states.tsx";
import { type Column, Table } from "../parts/table.tsx";
import { agentAddress, targetAddress } from "../route.ts";
import { useParameters } from "../state/address.ts";
import { serverNow } from "../state/clock.ts";
import { useResource } from "../state/resource.ts";
import {
  formatCount,
  formatDate,
  formatDuration,
  formatMoney,
  formatTime,
  sentence,
  UNKNOWN,
} from "../words/format.ts";

const PERIODS = [
  { value: "today", word: "Today", days: 0 },
  { value: "yesterday", word: "Since yesterday", days: 1 },
  { value: "7d", word: "The last 7 days", days: 7 },
  { value: "30d", word: "The last 30 days", days: 30 },
  { value: "90d", word: "The last 90 days", days: 90 },
] as const;
const USUAL = PERIODS[1];
const WAYS = GROUPINGS.map((value) => ({ value, word: value === "run" ? "Each run" : `By ${value}` }));
const GAP_MILLISECONDS = 15_000;

/** Midnight in this browser's time zone, so many days ago. */
function begin(days: number): number {
  const now = new Date(serverNow());
  return new Date(now.getFullYear(), now.getMonth(), now.getDate() - days).getTime();
}

export function RunsView() {
  const [parameters, change] = useParameters();
  const period = PERIODS.find(({ value }) => value === parameters.get("since")) ?? USUAL;
  const by = GROUPINGS.find((name) => name === parameters.get("by")) ?? "task";
  const { data, error } = useResource<Runs>({
    key: `runs/${period.value}`,
    path: () => `api/runs?from=${begin(period.days)}&to=${Math.round(serverNow() + 1_000)}`,
    gap: GAP_MILLISECONDS,
  });
  return (
    <>
      <div class="view-head">
        <h1>Runs</h1>
      </div>
      <div class="filters">
        <Choice
          label="Period"
          options={PERIODS}
          value={period.value}
          choose={(since) => change({ since: since === USUAL.value ? "" : since, page: "" })}
        />
        <Choice
          label="Group by"
          options={WAYS}
          value={by}
          choose={(next) => change({ by: next === "task" ? "" : next, page: "" })}
        />
      </div>
      {data ? (
        <Ended runs={data} by={by} />
      ) : error ? (
        <Failure error={error} />
      ) : (
        <Loading what="the runs" lines={6} />
      )}
    </>
  );
}

interface ChoiceProps {
  readonly label: string;
  readonly options: readonly { readonly value: string; readonly word: string }[];
  readonly value: string;
  readonly choose: (value: string) => void;
}

function Choice({ label, options, value, choose }: ChoiceProps) {
  return (
    <select aria-label={label} value={value} onChange={(event) => choose(event.currentTarget.value)}>
      {options.map((option) => (
        <option key={option.value} value={option.value}>
          {option.word}
        </option>
      ))}
    </select>
  );
}

function Ended({ runs: { runs, next, now }, by }: { runs: Runs; by: Grouping }) {
  const summary = useMemo(() => {
    const made = createSummary(by, formatDate);
    for (const run of runs) made.add(run);
    return { total: made.total(), rows: made.rows() };
  }, [runs, by]);
  const { total, rows } = summary;
  const [shown, pager] = usePage(rows);
  if (rows.length === 0) return <Empty>No run ended in this period.</Empty>;
  return (
    <>
      <Figures>
        <Figure name="Cost" value={formatMoney(total.cost_usd)}>
          {total.unpriced_runs > 0 ? `without ${count(total.unpriced_runs, "unpriced run")}` : "of all runs"}
        </Figure>
        <Figure name="Runs" value={formatCount(total.runs)}>
          {total.running > 0 ? `${formatCount(total.running)} still running` : "none still running"}
        </Figure>
        <Figure name="Failed" value={formatCount(total.failed)} />
        <Figure name="Duration" value={formatDuration(total.duration_seconds)} />
      </Figures>
      <div class="card">
        <Table
          class="past"
          caption="Runs that ended"
          columns={columnsShown(by, rows).map((name) => columnOf(name, rows, now))}
          rows={shown}
          keyOf={(row) => rows.indexOf(row)}
        />
      </div>
      {pager}
      {next && (
        <p class="footnote">
          These are the latest {formatCount(runs.length)}. <code>orch-watchdog report</code> adds up all.
        </p>
      )}
    </>
  );
}

function columnOf(name: string, rows: readonly Row[], now: number): Column<Row> {
  const words = name.replace(/_(at|seconds|usd)$/, "").replaceAll("_", " ");
  return {
    name: sentence(words).slice(0, -1),
    class: rows.some((row) => typeof row[name] === "number") ? "number" : "text",
    cell: (row) => cellOf(name, row, now),
  };
}

function cellOf(name: string, row: Row, now: number): ComponentChildren {
  const value = row[name] ?? null;
  if (value === null) return UNKNOWN;
  if (name === "orchestrator") return <a href={targetAddress(String(value))}>{value}</a>;
  if (name === "run") return <a href={agentAddress(String(row.orchestrator), String(value))}>{value}</a>;
  if (typeof value === "string") return value;
  if (name.endsWith("_at")) return formatTime(value, now);
  if (name.endsWith("_seconds")) return formatDuration(value);
  return name.endsWith("_usd") ? formatMoney(value) : formatCount(value);
}
