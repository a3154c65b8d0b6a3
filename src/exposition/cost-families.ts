/** Cost and tokens. These counters decrease when the orchestrator's history is pruned or corrected. */
import type {
  AgentModelUsage,
  GetMetricsResponse,
  Usage,
} from "../../gen/orchestrator/metrics/v1/metrics_pb.js";
import { type Family, labels, type Sample, summed } from "../../shared/metric-family.ts";

const FALLS = "It falls when the orchestrator's history is pruned or corrected.";

const TOKENS: readonly (readonly [type: string, value: (usage: Usage) => number | undefined])[] = [
  ["input", (usage) => usage.inputTokens],
  ["output", (usage) => usage.outputTokens],
  ["cache_read", (usage) => usage.cacheReadTokens],
  ["cache_creation", (usage) => usage.cacheCreationTokens],
];

export function costFamilies({ cost }: GetMetricsResponse): readonly Family[] {
  if (!cost || cost.error) return [];
  const each = (
    value: (usage: Usage) => number | undefined,
    more: readonly (readonly [string, string])[] = [],
  ) =>
    cost.byAgentModel.flatMap(({ agent, model, usage }: AgentModelUsage): Sample[] => {
      const known = usage && value(usage);
      return known === undefined
        ? []
        : [{ labels: labels(...more, ["model", model ?? ""], ["agent", agent]), value: known }];
    });
  return [
    counter(
      "orch_cost_usd_total",
      `Cost of priced runs, in US dollars. ${FALLS}`,
      each(({ costUsd }) => costUsd),
    ),
    counter(
      "orch_tokens_total",
      `Tokens by type. Input excludes tokens read from or written to a cache. ${FALLS}`,
      TOKENS.flatMap(([type, value]) => each(value, [["type", type]])),
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

function counter(name: string, help: string, samples: readonly Sample[]): Family {
  return { name, type: "counter", help, samples: summed(samples) };
}
