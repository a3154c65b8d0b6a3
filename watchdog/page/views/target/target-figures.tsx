/** The most important figures of one orchestrator. */
import type { ComponentChildren } from "preact";
import type { Target } from "../../../api.ts";
import { formatCount, formatDuration, formatMoney } from "../../../words/format.ts";
import { numberOf } from "../../../words/numbers.ts";
import { isOld } from "../../../words/states.ts";
import { count } from "../../../words/text.ts";
import { troubleOf } from "../../../words/verdicts.ts";
import { Figure } from "../../parts/figure.tsx";
import { Term } from "../../parts/term.tsx";

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

interface SpendProps {
  readonly name: string;
  readonly spent: number | undefined;
  readonly budget: number | undefined;
  /** What to show without a budget. */
  readonly children: ComponentChildren;
}

/** With a budget, its used share as a bar and in words. */
function Spend({ name, spent, budget, children }: SpendProps) {
  if (spent === undefined || budget === undefined)
    return (
      <Figure name={name} value={formatMoney(spent)}>
        {children}
      </Figure>
    );
  const share = budget > 0 ? spent / budget : 1;
  const over = spent > budget;
  const tone = over ? "bad" : share >= 0.8 ? "watch" : "quiet";
  return (
    <Figure name={name} value={formatMoney(spent)}>
      <span class={`meter ${tone}`} aria-hidden="true">
        <span style={{ width: `${Math.min(1, share) * 100}%` }} />
      </span>
      <span class={over ? "over" : ""}>
        {over
          ? `${formatMoney(spent - budget)} over the budget of ${formatMoney(budget)}`
          : `${Math.round(share * 100)} % of ${formatMoney(budget)}`}
      </span>
    </Figure>
  );
}
