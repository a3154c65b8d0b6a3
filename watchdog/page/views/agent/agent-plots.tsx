/** One agent over time: progress, CPU and switches with verdicts as bands, and a list of the verdicts. */
import type { AgentSeries } from "../../../api.ts";
import { formatDuration, formatNumber, formatSpan, formatTime } from "../../../words/format.ts";
import { causeWord } from "../../../words/glossary.ts";
import { verdictAppearance } from "../../../words/verdicts.ts";
import { Badge } from "../../parts/badge.tsx";
import { useFirst } from "../../parts/more.tsx";
import { OverTime } from "../../parts/over-time.tsx";
import { DURATION_STEPS, type PlotData } from "../../plots/line.ts";
import { Plot } from "../../plots/plot.tsx";
import { useNow } from "../../state/clock.ts";

/** Two readings at this distance always have some time without progress. */
const WITHOUT_PROGRESS_SECONDS = 15;

interface Props {
  readonly name: string;
  readonly runId: string;
  readonly isRunning: boolean | undefined;
}

export function AgentTimeline({ name, runId, isRunning }: Props) {
  const hasEnded = isRunning === false;
  return (
    <OverTime<AgentSeries>
      name={name}
      runId={runId}
      show={(series, span) =>
        hasEnded && series.times.length === 0 ? (
          <div class="empty">
            <h3>Unknown run</h3>
            <p>Run {runId} is not running, and is not in the history of this time range.</p>
          </div>
        ) : (
          <>
            {hasEnded && <p class="muted">The run has ended.</p>}
            <Plots runId={runId} series={series} span={span} />
          </>
        )
      }
    />
  );
}

interface PlotsProps extends Pick<PlotData, "span"> {
  readonly runId: string;
  readonly series: AgentSeries;
}

function Plots({ runId, series, span }: PlotsProps) {
  const { times, bands, cpu, childrenCpu, idle } = series;
  if (times.length < 2) return <div class="empty">There is no history of this run in this time range.</div>;
  const axis = { times, bands, span };
  const cores = [
    { name: "itself", values: cpu },
    { name: "children", values: childrenCpu },
  ];
  return (
    <>
      <div class="plots">
        <Plot
          title="No progress"
          help="progress"
          data={{ ...axis, lines: [{ name: "since the last progress", values: idle }] }}
          format={formatDuration}
          steps={DURATION_STEPS}
          least={60}
          sync={runId}
        />
        <Plot
          title="CPU"
          help="ticks"
          unit="cores"
          data={{ ...axis, lines: cores }}
          format={formatNumber}
          least={0.1}
          sync={runId}
        />
        <Plot
          title="Voluntary switches"
          help="switches"
          unit="per second, with descendants"
          data={{ ...axis, lines: switchLines(series) }}
          format={formatNumber}
          sync={runId}
        />
      </div>
      <Verdicts bands={bands} />
    </>
  );
}

/** Switches without progress are a separate line: runtimes wake up for housekeeping too. */
function switchLines({ switches, idle }: AgentSeries): PlotData["lines"] {
  const isIdle = (index: number) => (idle[index] ?? 0) >= WITHOUT_PROGRESS_SECONDS;
  return [
    { name: "with progress", values: switches.map((value, index) => (isIdle(index) ? null : value)) },
    {
      name: "without progress (housekeeping)",
      shaded: true,
      // It includes the point before, so that the two lines meet.
      values: switches.map((value, index) => (isIdle(index) || isIdle(index + 1) ? value : null)),
    },
  ];
}

function Verdicts({ bands }: Pick<AgentSeries, "bands">) {
  const now = useNow();
  const [first, more] = useFirst(bands.toReversed(), 10);
  return (
    <div class="verdicts">
      <h3>Verdicts, newest first</h3>
      <ol>
        {first.map(({ from, to, verdict, cause }) => (
          <li key={from}>
            <Badge appearance={verdictAppearance(verdict)} />
            <span>
              {formatSpan(from, to)} <span class="muted">from {formatTime(from, now)}</span>
              {cause !== undefined && <span class="muted">, waits for {causeWord(cause)}</span>}
            </span>
          </li>
        ))}
      </ol>
      {more}
    </div>
  );
}
