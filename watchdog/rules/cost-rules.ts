/** Rules over spending. */
import type { Thresholds } from "../config/thresholds.ts";
import { growth } from "../targets/trail.ts";
import { formatMoney } from "../words/format.ts";
import { count, duration } from "../words/text.ts";
import { type Findings, found, type Rule } from "./finding.ts";

function overBudget(
  spent: number | undefined,
  budgets: Thresholds["budget"],
  name: keyof Thresholds["budget"],
  when: string,
): Findings {
  const budget = budgets[name];
  if (budget === undefined) return [];
  if (spent === undefined) return "unknown";
  if (spent <= budget) return [];
  return found(
    `${formatMoney(spent)} spent ${when}`,
    `${formatMoney(spent)} ${when}, ${Math.round((spent / budget) * 100)} % of the budget of ${formatMoney(budget)}`,
    { [name]: budget },
  );
}

const perHour: Rule<"cost-per-hour"> = ({ target, now, budget }) =>
  overBudget(target.spend(now).lastHourUsd, budget, "per_hour_usd", "in the last hour");

const perDay: Rule<"cost-per-day"> = ({ target, now, budget }) =>
  overBudget(target.spend(now).todayUsd, budget, "per_day_usd", "today");

const unpriced: Rule<"unpriced-runs"> = ({ target, settings }) => {
  if (target.totals.unpriced === undefined) return "unknown";
  const grown = growth(target.trail, "unpriced", settings.window_seconds);
  if (grown === undefined || grown < settings.runs) return [];
  return found(
    `${count(grown, "run")} finished without a known cost`,
    `in the last ${duration(settings.window_seconds)}; ${target.totals.unpriced} in total. The real cost is higher`,
  );
};

export const costRules = { "cost-per-hour": perHour, "cost-per-day": perDay, "unpriced-runs": unpriced };
