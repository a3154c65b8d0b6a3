/** The plain HTTP routes: the envelope as JSON, the orchestrator's older answers, and readiness. */
import { toJson } from "@bufbuild/protobuf";
import { Code } from "@connectrpc/connect";
import { QueueResponseSchema, StatusResponseSchema } from "../../gen/orchestrator/status/v1/status_pb.js";
import type { MetricsService } from "../metrics/service.ts";
import { type Fault, SourceError } from "../repositories/fault.ts";
import { type Answer, errorAnswer } from "./answer.ts";
import { JSON_OPTIONS } from "./json.ts";
import { METRICS_PARAMETERS, metricsRoute } from "./metrics-route.ts";
import { openapiText } from "./openapi.ts";
import type { PlainRoute } from "./plain-route.ts";
import { SWITCHED_OFF } from "./rpc-routes.ts";

export type PlainRoutes = ReadonlyMap<string, PlainRoute>;

export function plainRoutes(service: MetricsService, enabled: boolean): PlainRoutes {
  const status = async () => toJson(StatusResponseSchema, await service.status(), JSON_OPTIONS);
  const queue = async () => toJson(QueueResponseSchema, await service.queue(), JSON_OPTIONS);
  const openapi = openapiText();
  const switchedOff = async () => errorAnswer(Code.Unimplemented, SWITCHED_OFF);
  const ready = async () => {
    const fault = await service.notReady();
    return fault ? errorAnswer(Code.Unavailable, fault.message) : json('{"status":"ready"}');
  };
  return new Map<string, PlainRoute>([
    ["/metrics", enabled ? metricsRoute(service) : { answer: switchedOff, parameters: METRICS_PARAMETERS }],
    ["/health", { answer: async () => json('{"status":"ok"}') }],
    ["/status", { answer: frozen(status) }],
    ["/queue", { answer: frozen(queue) }],
    ["/ready", { answer: ready }],
    ["/openapi.json", { answer: async () => json(openapi) }],
  ]);
}

function frozen(read: () => Promise<unknown>) {
  return async (): Promise<Answer> => {
    try {
      return json(JSON.stringify(await read()));
    } catch (error) {
      if (error instanceof SourceError) return faultAnswer(error.fault);
      throw error;
    }
  };
}

/** A store that cannot be read is 503 whatever the reason: the request was sound. */
function faultAnswer(fault: Fault): Answer {
  return errorAnswer(Code.Unavailable, fault.message);
}

function json(text: string): Answer {
  return { status: 200, body: text };
}
