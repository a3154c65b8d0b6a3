/** The most important figures of one orchestrator. */
import type { ComponentChildren } from "preact";
import type { Target } from "../../../api.ts";
import { count } from "../../../words.ts";
import { Figure } from "../../parts/figure.tsx";
import { BudgetMeter } from "../../parts/meter.tsx";
import { Term } from "../../parts/term.tsx";
import { formatCount, formatDuration, formatMoney } from "../../words/format.ts";
import { numberOf } from "../../words/numbers.ts";
import { isOld } from "../../words/states.ts";
import { troubleOf } from "../../words/verdicts.ts";

export function TargetFigures({ target: { summary, envelope, spend } }: { target: Target }) {
  const old = isOld(summary.state);
  /** The note beside a figure: "unknown" without the figure, "last known" if it is old. */
  const known = (figure: number | undefined, words: string) =>
    figure === undefined ? "unknown" : old ? "last known" : words;
  const stages = Object.values(envelope?.stages?.counts ?? {}).filter((tasks) => tasks > 0).length;
  const running = envelope?.queue?.counts?.running;
  const oldestRunning = numberOf(envelope?.queue?.oldest_running_seconds);
  return (
    <dl class="figures">
      <Figure name="Active tasks" value={formatCount(summary.activeTasks)}>
        {known(summary.activeTasks, stages > 0 ? `in ${count(stages, "stage")}` : "none active")}
      </Figure>
      <Figure name="Agents running" value={formatCount(summary.agents)}>
        {known(summary.agents, summary.agents === 0 ? "none running" : troubleOf(summary.verdicts))}
      </Figure>
      <Figure name="Queued jobs" value={formatCount(summary.queued)}>
        {known(
          summary.queued,
          summary.queued === 0 ? "none waiting" : `oldest ${formatDuration(summary.oldestQueuedSeconds)}`,
        )}
      </Figure>
      <Figure name="Running jobs" value={formatCount(running)}>
        {known(running, running === 0 ? "none running" : `longest ${formatDuration(oldestRunning)}`)}
      </Figure>
      <Spend name="Spent today" spent={spend.todayUsd} budget={spend.budgetPerDayUsd}>
        {spend.unpricedRuns ? (
          <>
            and {count(spend.unpricedRuns, "run")} <Term name="unpriced">unpriced</Term>
          </>
        ) : (
          "no budget set"
        )}
      </Spend>
      <Spend name="Last hour" spent={spend.lastHourUsd} budget={spend.budgetPerHourUsd}>
        no budget set
      </Spend>
    </dl>
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
