/** One agent over time: its CPU and its switches, with its verdicts as bands, and the verdicts as a list. */
import { useMemo, useState } from "preact/hooks";
import type { AgentSeries } from "../../../api.ts";
import { Badge } from "../../parts/badge.tsx";
import { useFirst } from "../../parts/more.tsx";
import { Segments } from "../../parts/segments.tsx";
import { Empty, Failure, Loading } from "../../parts/states.tsx";
import type { PlotData } from "../../plots/line.ts";
import { Plot } from "../../plots/plot.tsx";
import { useNow } from "../../state/clock.ts";
import { RANGES, useSeries } from "../../state/series.ts";
import { formatDuration, formatNumber, formatTime } from "../../words/format.ts";
import { verdictAppearance } from "../../words/verdicts.ts";

export function AgentPlots({ name, runId }: { name: string; runId: string }) {
  const [range, setRange] = useState<number>(RANGES[1].value);
  const { data, error } = useSeries<AgentSeries>(name, range, runId);
  return (
    <div class="agent-plots">
      <Segments legend="Stretch of time" options={RANGES} value={range} choose={setRange} />
      {data ? (
        <Plots runId={runId} series={data} />
      ) : error ? (
        <Failure error={error} />
      ) : (
        <Loading what="its history" />
      )}
    </div>
  );
}

function Plots({ runId, series }: { runId: string; series: AgentSeries }) {
  const { times, cpu, childrenCpu, switches, bands } = series;
  const cores = useMemo<PlotData>(
    () => ({
      times,
      bands,
      lines: [
        { name: "itself", values: cpu },
        { name: "children", values: childrenCpu },
      ],
    }),
    [series],
  );
  const switching = useMemo<PlotData>(
    () => ({ times, bands, lines: [{ name: "with descendants", values: switches }] }),
    [series],
  );
  if (times.length < 2) return <Empty>There is no history of this run in this stretch.</Empty>;
  return (
    <>
      <div class="plots">
        <Plot title="CPU" unit="cores" data={cores} format={formatNumber} least={0.1} sync={runId} />
        <Plot
          title="Voluntary switches"
          unit="per second"
          data={switching}
          format={formatNumber}
          least={1}
          sync={runId}
        />
      </div>
      <Bands bands={bands} />
    </>
  );
}

function Bands({ bands }: { bands: AgentSeries["bands"] }) {
  const now = useNow();
  const newest = useMemo(() => [...bands].reverse(), [bands]);
  const [first, more] = useFirst(newest, 6);
  return (
    <div class="verdicts">
      <h4>Verdicts, the newest first</h4>
      <ol>
        {first.map(({ from, to, verdict }) => (
          <li key={from}>
            <Badge appearance={verdictAppearance(verdict)} />
            <span>
              {formatDuration((to - from) / 1_000)} <span class="muted">from {formatTime(from, now)}</span>
            </span>
          </li>
        ))}
      </ol>
      {more}
    </div>
  );
}
