/** The HTTP routes: the envelope, the orchestrator's `/status` and `/queue`, health, readiness, and the OpenAPI document. */
import { readFileSync } from "node:fs";
import { toJson } from "@bufbuild/protobuf";
import { Code } from "@connectrpc/connect";
import { QueueResponseSchema, StatusResponseSchema } from "../../gen/orchestrator/status/v1/status_pb.js";
import { packageFile } from "../../shared/package-file.ts";
import type { MetricsService } from "../metrics/service.ts";
import { SourceError } from "../repositories/source-failure.ts";
import { type Answer, errorAnswer } from "./answer.ts";
import { JSON_OPTIONS } from "./json.ts";
import { METRICS_PARAMETERS, metricsRoute, type PlainRoute } from "./metrics-route.ts";
import { SWITCHED_OFF } from "./rpc-routes.ts";

export function plainRoutes(service: MetricsService, enabled: boolean): ReadonlyMap<string, PlainRoute> {
  const status = async () => toJson(StatusResponseSchema, await service.status(), JSON_OPTIONS);
  const queue = async () => toJson(QueueResponseSchema, await service.queue(), JSON_OPTIONS);
  const openapi = openapiText();
  const switchedOff = async () => errorAnswer(Code.Unimplemented, SWITCHED_OFF);
  const ready = async () => {
    const failure = await service.notReady();
    return failure ? errorAnswer(Code.Unavailable, failure.message) : json('{"status":"ready"}');
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

/** Returns 503 for any reason that the store cannot be read, since the request itself is valid. */
function frozen(read: () => Promise<unknown>) {
  return async (): Promise<Answer> => {
    try {
      return json(JSON.stringify(await read()));
    } catch (error) {
      if (error instanceof SourceError) return errorAnswer(Code.Unavailable, error.failure.message);
      throw error;
    }
  };
}

function json(text: string): Answer {
  return { status: 200, body: text };
}

/** Reads the document generated from the contract. */
function openapiText(): string {
  return JSON.stringify(JSON.parse(readFileSync(packageFile("openapi/metrics.openapi.json"), "utf8")));
}
