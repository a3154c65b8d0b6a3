/** The envelope as JSON text, the same on every way out. */
import {
  type GetMetricsResponse,
  GetMetricsResponseSchema,
} from "../../gen/orchestrator/metrics/v1/metrics_pb.js";
import { jsonTextWriter } from "./json-text.ts";

/** For the RPC's JSON and the older answers. */
export const JSON_OPTIONS = { alwaysEmitImplicit: true } as const;

/** Sections that a read mask left out are not sent at all. */
const MASKED = new Set(["stages", "queue", "agents", "cost"]);

export const envelopeText: (envelope: GetMetricsResponse) => string = jsonTextWriter(
  GetMetricsResponseSchema,
  MASKED,
);
