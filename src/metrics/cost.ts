/** Builds the cost section, with cost and tokens over all runs, and the usage of a single run. */
import { create } from "@bufbuild/protobuf";
import {
  type CostSection,
  CostSectionSchema,
  type Usage,
} from "../../gen/orchestrator/metrics/v1/metrics_pb.js";
import { addUsage } from "../repositories/merge-parts.ts";
import { type CostRows, NOT_REPORTED, type SpentRow, type UsageRow } from "../repositories/repository.ts";
import { count, optional, optionalCount, timestamp } from "./section.ts";

export function buildCost(rows: CostRows): CostSection {
  const usages = rows.byAgentModel.map(({ usage }) => usage);
  const totals = usages.length === 0 ? NO_USAGE : usages.reduce(addUsage);
  return create(CostSectionSchema, {
    totals: buildUsage(totals, totals.runs),
    byAgentModel: rows.byAgentModel.map((row) => ({
      agent: row.agent,
      model: optional(row.model),
      usage: buildUsage(row.usage, row.usage.runs),
    })),
    historyAsOf: timestamp(rows.historyAsOfMs),
  });
}

const NO_USAGE: UsageRow = { ...NOT_REPORTED, runs: 0, pricedRuns: 0, costUsd: 0 };

export function buildUsage(row: SpentRow, runs: number): Usage {
  return {
    $typeName: "orchestrator.metrics.v1.Usage",
    runs: count(runs, "the number of runs"),
    pricedRuns: optionalCount(row.pricedRuns, "the number of priced runs"),
    costUsd: row.costUsd === null ? undefined : roundToMicros(row.costUsd),
    inputTokens: optional(row.inputTokens),
    outputTokens: optional(row.outputTokens),
    cacheReadTokens: optional(row.cacheReadTokens),
    cacheCreationTokens: optional(row.cacheCreationTokens),
  };
}

/** Removes the noise of binary sums of decimal prices (0.1 + 0.2). The contract rounds cost to 1e-6 dollars. */
function roundToMicros(usd: number): number {
  return Math.round(usd * 1e6) / 1e6;
}
