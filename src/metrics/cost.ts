/** The cost section: money and tokens over every run. */
import { create } from "@bufbuild/protobuf";
import { type CostSection, CostSectionSchema } from "../../gen/orchestrator/metrics/v1/metrics_pb.js";
import type { CostRows } from "../repositories/repository.ts";
import { addUsage, buildUsage, NO_USAGE } from "./usage.ts";
import { optional, timestamp } from "./values.ts";

export function buildCost(rows: CostRows): CostSection {
  return create(CostSectionSchema, {
    totals: buildUsage(rows.byAgentModel.reduce((sum, row) => addUsage(sum, row.usage), NO_USAGE)),
    byAgentModel: rows.byAgentModel.map((row) => ({
      agent: row.agent,
      model: optional(row.model),
      usage: buildUsage(row.usage),
    })),
    historyAsOf: timestamp(rows.historyAsOfMs),
  });
}
