/** The runs of all orchestrators that ended of late, and what they cost: by what they were for, or one by one. */
import { useMemo } from "preact/hooks";
import type { PastRun, Runs } from "../../api.ts";
import { createSummary, GROUPINGS, type Group, type Grouping, outcomeOf, type Sums, sumsOf } from "../../report/sums.ts";
import { count } from "../../words.ts";
import { Figure, Figures } from "../parts/figures.tsx";
import { usePage } from "../parts/pager.tsx";
import { Empty, Failure, Loading } from "../parts/states.tsx";
import { type Column, Table } from "../parts/table.tsx";
import { agentAddress, targetAddress } from "../route.ts";
import { useParameters } from "../state/address.ts";
import { serverNow } from "../state/clock.ts";
import { useResource } from "../state/resource.ts";
import { formatCount, formatDate, formatDuration, formatMoney, formatTime, UNKNOWN } from "../words/format.ts";

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

/** Midnight of this browser, so many days ago. */
const begin = (days: number) => new Date(serverNow()).setHours(0, 0, 0, 0) - days * 86_400_000;

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
    const made = createSummary(by === "run" ? "task" : by, formatDate);
    for (const run of runs) made.add(run);
    return made;
  }, [runs, by]);
  const total = summary.total();
  if (total.runs === 0) return <Empty>No run ended in this period.</Empty>;
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
        <Figure name="Tokens" value={formatCount(tokensOf(total))} />
      </Figures>
      {by === "run" ? (
        <Rows rows={runs} columns={runColumns(now)} keyOf={({ id }) => id} />
      ) : (
        <Rows
          rows={summary.groups()}
          columns={GROUP_COLUMNS}
          keyOf={({ orchestrator, name }) => JSON.stringify([orchestrator, name])}
        />
      )}
      {next && (
        <p class="footnote">
          These are the latest {formatCount(runs.length)}. <code>orch-watchdog report</code> adds up all.
        </p>
      )}
    </>
  );
}

interface RowsProps<Row> {
  readonly rows: readonly Row[];
  readonly columns: readonly Column<Row>[];
  readonly keyOf: (row: Row) => string | number;
}

function Rows<Row>({ rows, columns, keyOf }: RowsProps<Row>) {
  const [shown, pager] = usePage(rows);
  return (
    <>
      <div class="card">
        <Table class="past" caption="Runs that ended" columns={columns} rows={shown} keyOf={keyOf} />
      </div>
      {pager}
    </>
  );
}

function tokensOf(sums: Sums): number | null {
  const kinds = [sums.input_tokens, sums.output_tokens, sums.cache_read_tokens, sums.cache_creation_tokens];
  return kinds.reduce((sum, tokens) => (tokens === null ? sum : (sum ?? 0) + tokens), null);
}

/** What each row ends with. */
function amounts<Row>(of: (row: Row) => Sums): readonly Column<Row>[] {
  return [
    { name: "Duration", class: "number", cell: (row) => formatDuration(of(row).duration_seconds) },
    { name: "Tokens", class: "number", cell: (row) => formatCount(tokensOf(of(row))) },
    { name: "Cost", class: "number", cell: (row) => formatMoney(of(row).cost_usd) },
  ];
}

const GROUP_COLUMNS: readonly Column<Group>[] = [
  { name: "Name", cell: ({ name }) => name ?? UNKNOWN },
  {
    name: "Orchestrator",
    cell: ({ orchestrator }) => <a href={targetAddress(orchestrator)}>{orchestrator}</a>,
  },
  { name: "Runs", class: "number", cell: ({ runs }) => formatCount(runs) },
  { name: "Running", class: "number", cell: ({ running }) => formatCount(running) },
  { name: "Failed", class: "number", cell: ({ failed }) => formatCount(failed) },
  ...amounts<Group>((group) => group),
  { name: "Unpriced", class: "number", cell: ({ unpriced_runs: unpriced }) => formatCount(unpriced) },
];

function runColumns(now: number): readonly Column<PastRun>[] {
  return [
    { name: "Run", cell: ({ target, runId }) => <a href={agentAddress(target, runId)}>{runId}</a> },
    { name: "Orchestrator", cell: ({ target }) => <a href={targetAddress(target)}>{target}</a> },
    { name: "Task", cell: ({ workItem, taskId }) => workItem ?? taskId ?? UNKNOWN },
    { name: "Agent", cell: ({ agent }) => agent ?? UNKNOWN },
    { name: "Model", cell: ({ model }) => model ?? UNKNOWN },
    {
      name: "Outcome",
      cell: (run) => (run.exitCode ? `failed, exit ${run.exitCode}` : outcomeOf(run)),
    },
    { name: "Last seen", cell: ({ at }) => formatTime(at, now) },
    ...amounts<PastRun>(sumsOf),
  ];
}
