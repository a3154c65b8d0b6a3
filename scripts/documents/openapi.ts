/** Builds the OpenAPI document of the HTTP paths. The RPC is described by reflection and the .proto. */
import type { DescMessage } from "@bufbuild/protobuf";
import { SCHEMA_VERSION } from "../../src/metrics/collect.ts";
import { REPRESENTATIONS } from "../../src/server/metrics-route.ts";
import { type ContractFiles, messageOf } from "./contract-files.ts";
import { type Definitions, defineMessage, type JsonSchema } from "./json-schema.ts";
import { ABSENT_IS_NULL } from "./metrics-schema.ts";
import { ERROR_SCHEMA, errors, format, operation, READY_SCHEMA, readMask } from "./operations.ts";

const BASE = "#/components/schemas/";

const BEARER: JsonSchema = {
  type: "http",
  scheme: "bearer",
  description:
    "A token from `--token-file`. Without that flag, no token is required. `/health` and `/ready` need none unless `--open-health` is false.",
};

export function openapi(contract: ContractFiles): JsonSchema {
  const envelope = messageOf(contract.metrics, "GetMetricsResponse");
  const health = messageOf(contract.status, "HealthResponse");
  const status = messageOf(contract.status, "StatusResponse");
  const queue = messageOf(contract.status, "QueueResponse");

  const schemas: Definitions = { Error: ERROR_SCHEMA, Ready: READY_SCHEMA };
  const metricsStyle = { base: BASE, unset: "null", nameOf: ({ name }: DescMessage) => name } as const;
  defineMessage(envelope, metricsStyle, schemas);
  const taken = new Set(Object.keys(schemas));
  // Both packages have a RunningJob.
  const nameOf = ({ name }: DescMessage) => (taken.has(name) ? `Status${name}` : name);
  for (const message of [health, status, queue])
    defineMessage(message, { base: BASE, unset: "absent", nameOf }, schemas);

  const unreadable = errors({ 503: "The database cannot be read. `message` has the reason." });
  return {
    openapi: "3.1.1",
    info: {
      title: "orch-metrics",
      version: String(SCHEMA_VERSION),
      description: [
        "The raw state of an agent orchestrator, read-only. It has no thresholds, verdicts or history.",
        "Every path supports HEAD, which returns no body, and OPTIONS, which lists the allowed methods. Later versions may add fields to objects. `info.version` is the contract's `schema_version`.",
      ].join("\n\n"),
      license: { name: "MIT", identifier: "MIT" },
    },
    paths: {
      "/metrics": operation(
        "getMetrics",
        "The envelope of one collection, as JSON or in a Prometheus format.",
        {
          description: `If a source fails, its section has an \`error\`, and the status is still 200. ${ABSENT_IS_NULL}`,
          parameters: [readMask(envelope), format(Object.keys(REPRESENTATIONS))],
          body: `${BASE}${envelope.name}`,
          texts: [REPRESENTATIONS.openmetrics, REPRESENTATIONS.prometheus],
          failures: errors({
            400: "The mask names an unknown section, or the format or a query parameter is unknown.",
            406: "No type in `Accept` is supported. `message` lists the supported types.",
            501: "Metrics are disabled. The other paths are not affected.",
          }),
        },
      ),
      "/health": operation("getHealth", "Whether the process responds, independent of the database.", {
        body: `${BASE}${health.name}`,
      }),
      "/ready": operation("getReady", "Whether the database can be read.", {
        body: `${BASE}Ready`,
        failures: unreadable,
      }),
      "/status": operation("getStatus", "Active tasks by stage. Unchanged, for existing clients.", {
        body: `${BASE}${status.name}`,
        failures: unreadable,
      }),
      "/queue": operation("getQueue", "Job counts and running jobs. Unchanged, for existing clients.", {
        body: `${BASE}${queue.name}`,
        failures: unreadable,
      }),
      "/openapi.json": operation("getOpenapi", "This document.", {}),
    },
    // Depends on the flags of the service.
    security: [{ bearer: [] }, {}],
    components: { schemas, securitySchemes: { bearer: BEARER } },
  };
}
