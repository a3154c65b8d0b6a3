/** Reads cost and tokens over all runs, by agent and model. */
import type { CostRows, UsageRow } from "../../repository.ts";
import { type Cells, refuseUndecided, rowOf } from "../columns.ts";
import type { PartContext } from "../part-context.ts";
import type { Source } from "../source.ts";
import type { StatementGenerator } from "../statements.ts";

export function* readCost({ source, history, nowMs }: PartContext): StatementGenerator<CostRows> {
  if (source.has("run_history")) {
    const groups = yield* history.sums("run_history", nowMs);
    for (const row of groups.rows) refuseUndecided(row, "run_history");
    return {
      byAgentModel: sorted(groups.rows.map(groupIn(source, "run_history"))),
      historyAsOfMs: groups.asOfMs,
    };
  }
  const { rows, asOfMs } = yield* history.aggregate("cost", nowMs);
  return { byAgentModel: sorted(rows.map(groupIn(source, "cost"))), historyAsOfMs: asOfMs };
}

type AgentModelRow = CostRows["byAgentModel"][number];

/** Converts the totals of a section. */
function groupIn(source: Source, section: "cost" | "run_history") {
  return (row: Cells): AgentModelRow => {
    const { agent, model, ...usage } = rowOf<Omit<AgentModelRow, "usage"> & UsageRow>(
      source,
      "cost",
      row,
      section,
    );
    // A source's total may be 0 if no run has a price.
    const costUsd = usage.pricedRuns === 0 && usage.costUsd === 0 ? null : usage.costUsd;
    return { agent: agent ?? "", model, usage: { ...usage, costUsd } };
  };
}

/** Sorts by cost, highest first. Rows without a price come last. Equal ones are sorted by name. */
function sorted(rows: readonly AgentModelRow[]): readonly AgentModelRow[] {
  const cost = ({ usage }: AgentModelRow) => usage.costUsd ?? Number.NEGATIVE_INFINITY;
  return rows.toSorted(
    (a, b) => compare(cost(b), cost(a)) || compare(a.agent, b.agent) || compare(a.model ?? "", b.model ?? ""),
  );
}

function compare<T extends string | number>(a: T, b: T): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
