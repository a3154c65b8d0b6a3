/** Cost and tokens. These counters decrease when the orchestrator's history is pruned or corrected. */
import type { GetMetricsResponse, Usage } from "../../gen/orchestrator/metrics/v1/metrics_pb.js";
import { counter, type Family, labels, type Sample, summed } from "../../shared/metric-family.ts";

const FALLS = "It falls when the orchestrator's history is pruned or corrected.";

export function costFamilies({ cost }: GetMetricsResponse): readonly Family[] {
  if (!cost || cost.error) return [];
  const each = (
    value: (usage: Usage) => number | undefined,
    ...more: readonly (readonly [string, string])[]
  ) =>
    summed(
      cost.byAgentModel.flatMap(({ agent, model, usage }): Sample[] => {
        const known = usage && value(usage);
        return known === undefined
          ? []
          : [{ labels: labels(...more, ["model", model ?? ""], ["agent", agent]), value: known }];
      }),
    );
  const tokens = (type: string) => each((usage) => tokensOf(usage)[type], ["type", type]);
  return [
    counter(
      "orch_cost_usd_total",
      `Cost of priced runs, in US dollars. ${FALLS}`,
      each(({ costUsd }) => costUsd),
    ),
    counter(
      "orch_tokens_total",
      `Tokens by type. Input excludes tokens read from or written to a cache. ${FALLS}`,
      ["input", "output", "cache_read", "cache_creation"].flatMap(tokens),
    ),
    counter(
      "orch_runs_total",
      `Runs. ${FALLS}`,
      each(({ runs }) => runs),
    ),
    counter(
      "orch_priced_runs_total",
      `Runs whose price is known. ${FALLS}`,
      each(({ pricedRuns }) => pricedRuns),
    ),
  ];
}

/** Returns the tokens of a run, or of several, by type. */
export function tokensOf(usage: Usage): Readonly<Record<string, number | undefined>> {
  return {
    input: usage.inputTokens,
    output: usage.outputTokens,
    cache_read: usage.cacheReadTokens,
    cache_creation: usage.cacheCreationTokens,
  };
}
