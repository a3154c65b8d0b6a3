/** Money and tokens over every run, by agent and model, by the reference schema. */
import type { CostRows } from "../../repository.ts";
import { nullableNumber, nullableText, number, refuseMistyped, text } from "../columns.ts";
import type { PartContext } from "../query.ts";

const TOKENS = ["input_tokens", "output_tokens", "cache_read_tokens", "cache_creation_tokens"] as const;

/** Sums in floating point: an integer SUM ends in an error past 2^63. NULL where no run reported it. */
const COST = `
  SELECT agent, model, COUNT(*) AS runs, COUNT(cost_usd) AS priced_runs, TOTAL(cost_usd) AS cost_usd,
    ${TOKENS.map((column) => `SUM(CAST(${column} AS REAL)) AS ${column}`).join(", ")},
    COUNT(*) FILTER (WHERE ${["cost_usd", ...TOKENS].map((column) => `typeof(${column}) IN ('text', 'blob')`).join(" OR ")}) AS mistyped
  FROM agent_runs GROUP BY agent, model ORDER BY SUM(cost_usd) DESC NULLS LAST, agent, model`;

export function readCost({ query, nowMs }: PartContext): CostRows {
  return {
    byAgentModel: query(COST).map((row) => {
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
    }),
    historyAsOfMs: nowMs,
  };
}
