/** Money and tokens over every run, by agent and model, by the reference schema. */
import type { CostRows } from "../../repository.ts";
import { type Cells, nullableNumber, nullableText, number, refuseMistyped, text } from "../columns.ts";
import { Groups } from "../history/sums.ts";
import { RUNS, USAGE_SUMS } from "../history/table.ts";
import type { PartContext } from "../query.ts";

const OPEN = `SELECT agent, model, ${USAGE_SUMS} FROM agent_runs WHERE finished_at IS NULL GROUP BY agent, model`;

export function readCost({ query, history, highestIds, nowMs }: PartContext): CostRows {
  const finished = history.read("agent_runs", query, nowMs, highestIds);
  const all = new Groups(RUNS);
  return {
    byAgentModel: all
      .unpack([all.pack(finished), all.pack(query(OPEN))])
      .map(usage)
      .sort(costliestFirst),
    historyAsOfMs: history.asOfMs("agent_runs", nowMs),
  };
}

type AgentModelRow = CostRows["byAgentModel"][number];

function usage(row: Cells): AgentModelRow {
  refuseMistyped(row, "mistyped", "a cost or token column of agent_runs");
  return {
    agent: text(row, "agent"),
    model: nullableText(row, "model"),
    usage: {
      runs: number(row, "runs"),
      pricedRuns: number(row, "priced_runs"),
      costUsd: number(row, "cost_usd"),
      inputTokens: nullableNumber(row, "input_tokens"),
      outputTokens: nullableNumber(row, "output_tokens"),
      cacheReadTokens: nullableNumber(row, "cache_read_tokens"),
      cacheCreationTokens: nullableNumber(row, "cache_creation_tokens"),
    },
  };
}

/** What has no price at all comes last; equal ones in the order of their names. */
function costliestFirst(a: AgentModelRow, b: AgentModelRow): number {
  const cost = ({ usage }: AgentModelRow) =>
    usage.pricedRuns > 0 ? usage.costUsd : Number.NEGATIVE_INFINITY;
  if (cost(a) !== cost(b)) return cost(b) - cost(a);
  return compare(a.agent, b.agent) || compare(a.model ?? "", b.model ?? "");
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
