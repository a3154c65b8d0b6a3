/** The used share of a budget, as a bar and in words. */
import { formatMoney } from "../words/format.ts";

export function BudgetMeter({ spent, budget }: { spent: number; budget: number }) {
  const share = budget > 0 ? spent / budget : 1;
  const over = spent > budget;
  const words = over
    ? `${formatMoney(spent - budget)} over the budget of ${formatMoney(budget)}`
    : `${Math.round(share * 100)} % of ${formatMoney(budget)}`;
  const tone = over ? "bad" : share >= 0.8 ? "watch" : "quiet";
  return (
    <>
      <span class={`meter ${tone}`} aria-hidden="true">
        <span style={{ width: `${Math.min(1, share) * 100}%` }} />
      </span>
      <span class={over ? "over" : ""}>{words}</span>
    </>
  );
}
