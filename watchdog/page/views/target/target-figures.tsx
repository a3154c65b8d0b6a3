/** The figures of one orchestrator that are looked at first. */
import type { ComponentChildren } from "preact";
import type { Target } from "../../../api.ts";
import { count } from "../../../words.ts";
import { Figure, Figures } from "../../parts/figures.tsx";
import { BudgetMeter } from "../../parts/meter.tsx";
import { formatCount, formatDuration, formatMoney } from "../../words/format.ts";
import { numberOf } from "../../words/numbers.ts";
import { troubleOf } from "../../words/verdicts.ts";

export function TargetFigures({ target: { summary, envelope, agents, spend } }: { target: Target }) {
  const stages = Object.keys(envelope?.stages?.counts ?? {}).length;
  const running = envelope?.queue?.counts?.running;
  const oldestRunning = numberOf(envelope?.queue?.oldest_running_seconds);
  return (
    <Figures>
      <Figure name="Active tasks" value={formatCount(summary.activeTasks)}>
        {stages > 0 ? `in ${count(stages, "stage")}` : "in no stage"}
      </Figure>
      <Figure name="Agents running" value={envelope?.agents?.error ? "–" : formatCount(agents.length)}>
        {troubleOf(summary.verdicts)}
      </Figure>
      <Figure name="Queued jobs" value={formatCount(summary.queued)}>
        {summary.oldestQueuedSeconds === undefined
          ? "none waits"
          : `oldest ${formatDuration(summary.oldestQueuedSeconds)}`}
      </Figure>
      <Figure name="Running jobs" value={formatCount(running)}>
        {oldestRunning === undefined ? "none runs" : `longest ${formatDuration(oldestRunning)}`}
      </Figure>
      <Spend name="Spent today" spent={spend.todayUsd} budget={spend.budgetPerDayUsd}>
        {spend.unpricedRuns ? `and ${count(spend.unpricedRuns, "run")} unpriced` : "no budget set"}
      </Spend>
      <Spend name="Last hour" spent={spend.lastHourUsd} budget={spend.budgetPerHourUsd}>
        no budget set
      </Spend>
    </Figures>
  );
}

function Spend({
  name,
  spent,
  budget,
  children,
}: {
  name: string;
  spent: number | undefined;
  budget: number | undefined;
  children: ComponentChildren;
}) {
  return (
    <Figure name={name} value={formatMoney(spent)}>
      {spent === undefined || budget === undefined ? children : <BudgetMeter spent={spent} budget={budget} />}
    </Figure>
  );
}
