/** What the orchestrator did: its queue and its spending over time. */
import { useMemo, useState } from "preact/hooks";
import type { Series } from "../../../api.ts";
import { Segments } from "../../parts/segments.tsx";
import { Empty, Failure, Loading } from "../../parts/states.tsx";
import { merged, type PlotData } from "../../plots/line.ts";
import { Plot } from "../../plots/plot.tsx";
import { RANGES, useSeries } from "../../state/series.ts";
import { formatCount, formatDuration, formatMoney, formatNumber } from "../../words/format.ts";

/** Seconds that are round to whoever reads a clock. */
const DURATION_STEPS = [
  1, 5, 10, 20, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 14_400, 21_600, 43_200, 86_400, 172_800,
  604_800,
];

export function HistorySection({ name }: { name: string }) {
  const [range, setRange] = useState<number>(RANGES[1].value);
  const { data, error } = useSeries<Series>(name, range);
  return (
    <section aria-labelledby="history">
      <div class="section-head">
        <h2 id="history">Over time</h2>
        <Segments legend="Stretch of time" options={RANGES} value={range} choose={setRange} />
      </div>
      {data ? (
        <Plots name={name} series={data} />
      ) : error ? (
        <Failure error={error} />
      ) : (
        <Loading what="history" />
      )}
    </section>
  );
}

function Plots({ name, series }: { name: string; series: Series }) {
  const { times, queued, running, oldestQueuedSeconds, spendByModel } = series;
  const depth = useMemo<PlotData>(
    () => ({
      times,
      lines: [
        { name: "queued", values: queued },
        { name: "running", values: running },
      ],
    }),
    [series],
  );
  const age = useMemo<PlotData>(
    () => ({ times, lines: [{ name: "waits longest", values: oldestQueuedSeconds }] }),
    [series],
  );
  const spend = useMemo<PlotData>(
    () => ({ times, lines: merged(models(spendByModel), "all others"), stacked: true }),
    [series],
  );
  if (times.length < 2)
    return <Empty>There is no history of this stretch yet. Plots begin with the second reading.</Empty>;
  return (
    <div class="plots">
      <Plot
        title="Jobs"
        unit=""
        data={depth}
        format={formatNumber}
        tick={formatCount}
        least={4}
        sync={name}
      />
      <Plot
        title="Age of the job that waits longest"
        unit=""
        data={age}
        format={formatDuration}
        steps={DURATION_STEPS}
        least={60}
        sync={name}
      />
      {spend.lines.length > 0 ? (
        <Plot
          title="Spending by model"
          unit="US dollars per hour"
          data={spend}
          format={formatMoney}
          least={0.05}
          sync={name}
        />
      ) : (
        <figure class="plot">
          <figcaption>
            <h3>Spending by model</h3>
          </figcaption>
          <Empty>Nothing is known of spending in this stretch.</Empty>
        </figure>
      )}
    </div>
  );
}

/** The costliest first. */
function models(spendByModel: Series["spendByModel"]) {
  const total = (values: readonly (number | null)[]) =>
    values.reduce<number>((sum, value) => sum + (value ?? 0), 0);
  return Object.entries(spendByModel)
    .map(([name, values]) => ({ name: name || "model not known", values }))
    .sort((one, other) => total(other.values) - total(one.values));
}
