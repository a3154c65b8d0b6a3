/** The guards within the queue section: circuit breakers and serial gates, each with an error of its own. */
import { create } from "@bufbuild/protobuf";
import {
  type BreakersPart,
  BreakersPartSchema,
  type GatesPart,
  GatesPartSchema,
} from "../../gen/orchestrator/metrics/v1/metrics_pb.js";
import type { BreakerRow, GateRow } from "../repositories/repository.ts";
import { count, optional, timestamp } from "./values.ts";

export function buildBreakers(rows: readonly BreakerRow[]): BreakersPart {
  return create(BreakersPartSchema, {
    items: rows.map((row) => ({
      name: row.name,
      state: row.state,
      failures: count(row.failures, "a breaker's number of failures"),
      openedAt: timestamp(row.openedAtMs),
      retryAt: timestamp(row.retryAtMs),
      updatedAt: timestamp(row.updatedAtMs),
    })),
  });
}

export function buildGates(rows: readonly GateRow[]): GatesPart {
  return create(GatesPartSchema, {
    items: rows.map((row) => ({
      scope: row.scope,
      holderTaskId: optional(row.holderTaskId),
      acquiredAt: timestamp(row.acquiredAtMs),
      waiting: count(row.waiting, "a gate's number of waiting tasks"),
    })),
  });
}
