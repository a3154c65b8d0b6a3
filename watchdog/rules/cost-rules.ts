/** Rules over spending. */
import { growth } from "../targets/trail.ts";
import { count, duration, usd } from "../words.ts";
import { type Findings, found, type Rule } from "./finding.ts";

function overBudget(
  spent: number | undefined,
  { name, usd: budget }: { readonly name: string; readonly usd: number | undefined },
  when: string,
): Findings {
  if (budget === undefined) return [];
  if (spent === undefined) return "unknown";
  if (spent <= budget) return [];
  return found(
    `${usd(spent)} spent ${when}`,
    `${usd(spent)} ${when}, ${Math.round((spent / budget) * 100)} % of the budget of ${usd(budget)}`,
    { [name]: budget },
  );
}

const perHour: Rule<"cost-per-hour"> = ({ target, now, budget }) =>
  overBudget(
    target.spend(now).lastHourUsd,
    { name: "per_hour_usd", usd: budget.per_hour_usd },
    "in the last hour",
  );

const perDay: Rule<"cost-per-day"> = ({ target, now, budget }) =>
  overBudget(target.spend(now).todayUsd, { name: "per_day_usd", usd: budget.per_day_usd }, "today");

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
