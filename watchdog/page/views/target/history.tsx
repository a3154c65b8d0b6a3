/** The orchestrator's queue and spending over time. */
import type { Series } from "../../../api.ts";
import { formatCount, formatDuration, formatMean, formatMoney } from "../../../words/format.ts";
import { OverTime } from "../../parts/over-time.tsx";
import { DURATION_STEPS, merged, WHOLE_STEPS } from "../../plots/line.ts";
import { Plot } from "../../plots/plot.tsx";

export function HistorySection({ name }: { name: string }) {
  return (
    <OverTime<Series>
      name={name}
      show={({ times, queued, running, oldestQueuedSeconds, spendByModel }, span) => {
        if (times.length < 2)
          return (
            <div class="empty">
              There is no history in this time range yet. Plots begin with the second reading.
            </div>
          );
        const axis = { times, span };
        const jobs = [
          { name: "queued", values: queued },
          { name: "running", values: running },
        ];
        const spend = merged(models(spendByModel), "all others");
        return (
          <div class="plots">
            <Plot
              title="Jobs"
              data={{ ...axis, lines: jobs }}
              format={formatMean}
              tick={formatCount}
              steps={WHOLE_STEPS}
              least={4}
              sync={name}
            />
            <Plot
              title="Oldest queued job"
              unit="age"
              data={{ ...axis, lines: [{ name: "oldest", values: oldestQueuedSeconds }] }}
              format={formatDuration}
              steps={DURATION_STEPS}
              least={60}
              sync={name}
            />
            {spend.length > 0 ? (
              <Plot
                title="Spending by model"
                unit="US dollars per hour"
                data={{ ...axis, lines: spend, stacked: true }}
                format={formatMoney}
                least={0.05}
                sync={name}
              />
            ) : (
              <figure class="plot">
                <figcaption>
                  <h3>Spending by model</h3>
                </figcaption>
                <div class="empty">No known spending in this time range.</div>
              </figure>
            )}
          </div>
        );
      }}
    />
  );
}

/** Highest spending first. */
function models(spendByModel: Series["spendByModel"]) {
  const total = (values: readonly (number | null)[]) =>
    values.reduce<number>((sum, value) => sum + (value ?? 0), 0);
  return Object.entries(spendByModel)
    .map(([name, values]) => ({ name: name || "unknown model", values }))
    .sort((one, other) => total(other.values) - total(one.values));
}
