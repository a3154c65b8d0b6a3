/** The past runs of all orchestrators and what they cost: by task, agent, model or day, or one by one. */
import type { ComponentChildren } from "preact";
import type { Runs, RunsRow } from "../../api.ts";
import { cellText, columnsShown, GROUPINGS, headingOf } from "../../report/columns.ts";
import { formatTime } from "../../words/format.ts";
import { Figure } from "../parts/figure.tsx";
import { usePage } from "../parts/pager.tsx";
import { Segments } from "../parts/segments.tsx";
import { Failure, Loading } from "../parts/states.tsx";
import { type Column, Table } from "../parts/table.tsx";
import { agentAddress, targetAddress } from "../route.ts";
import { useParameters } from "../state/address.ts";
import { serverNow } from "../state/clock.ts";
import { useResource } from "../state/resource.ts";

/** By the number of days before today. */
const PERIODS = [
  { value: 0, word: "Today" },
  { value: 1, word: "Since yesterday" },
  { value: 7, word: "7 d" },
  { value: 30, word: "30 d" },
];
const WAYS = GROUPINGS.map((value) => ({ value, word: headingOf(value) }));
const FIGURES = ["cost_usd", "unpriced_runs", "runs", "failed", "duration_seconds"];
const GAP_MILLISECONDS = 60_000;

/** Returns midnight in this browser's time zone. */
function daysAgo(days: number): number {
  const now = new Date(serverNow());
  return new Date(now.getFullYear(), now.getMonth(), now.getDate() - days).getTime();
}

export function RunsView() {
  const [parameters, change] = useParameters();
  const days = PERIODS.find(({ value }) => String(value) === parameters.get("days"))?.value ?? 1;
  const by = GROUPINGS.find((name) => name === parameters.get("by")) ?? "task";
  const { data, error } = useResource<Runs>(`runs/${days}/${by}`, {
    path: () => `api/runs?from=${daysAgo(days)}&to=${Math.round(serverNow()) + GAP_MILLISECONDS}&by=${by}`,
    gap: GAP_MILLISECONDS,
  });
  const rows = data?.rows ?? [];
  const [shown, pager] = usePage(rows);
  return (
    <>
      <div class="view-head">
        <h1>Runs</h1>
        <Segments
          legend="Since"
          options={PERIODS}
          value={days}
          choose={(value) => change({ days: String(value), page: "" })}
        />
        <Segments legend="By" options={WAYS} value={by} choose={(value) => change({ by: value, page: "" })} />
      </div>
      {!data && (error ? <Failure error={error} /> : <Loading what="the runs" />)}
      {data && rows.length === 0 && <div class="empty">No run ended in this period.</div>}
      {data && rows.length > 0 && (
        <>
          <dl class="figures">
            {FIGURES.map((name) => (
              <Figure key={name} name={headingOf(name)} value={text(name, data.total)} />
            ))}
          </dl>
          <div class="card">
            <Table
              class="past"
              caption="Past runs"
              columns={columnsShown(rows).map((name) => columnOf(name, rows))}
              rows={shown}
              keyOf={(row) => rows.indexOf(row)}
            />
          </div>
          {pager}
          {data.isCut && (
            <p class="footnote">Only the first rows are shown. The figures above include all runs.</p>
          )}
        </>
      )}
    </>
  );
}

const text = (name: string, row: RunsRow) =>
  cellText(name, row[name], (time) => formatTime(time, serverNow()));

function columnOf(name: string, rows: readonly RunsRow[]): Column<RunsRow> {
  return {
    name: headingOf(name),
    class: rows.some((row) => typeof row[name] === "number") ? "number" : "text",
    cell: (row) => linked(name, row),
  };
}

function linked(name: string, row: RunsRow): ComponentChildren {
  const orchestrator = String(row.orchestrator);
  if (name === "orchestrator") return <a href={targetAddress(orchestrator)}>{orchestrator}</a>;
  if (name === "run") return <a href={agentAddress(orchestrator, String(row.run))}>{row.run}</a>;
  return text(name, row);
}
