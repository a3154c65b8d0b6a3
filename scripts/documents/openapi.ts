/** The OpenAPI document of the plain HTTP paths. The RPC has its own description, by reflection and the .proto. */
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
    "A token of `--token-file`; without that file nobody is asked for one. `/health` and `/ready` are open, unless `--open-health false` closes them.",
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

  const unreadable = errors({ 503: "The database cannot be read; `message` says why." });
  return {
    openapi: "3.1.1",
    info: {
      title: "orch-metrics",
      version: String(SCHEMA_VERSION),
      description: [
        "The raw state of an agent orchestrator, read-only. Signals only: no thresholds, no verdicts, no history.",
        "Every path answers HEAD as GET without the body, and OPTIONS with what it allows. Objects are open: a later version may add fields. `info.version` is the contract's `schema_version`.",
      ].join("\n\n"),
      license: { name: "MIT", identifier: "MIT" },
    },
    paths: {
      "/metrics": operation("getMetrics", "The envelope of one collection, as JSON or for Prometheus.", {
        description: `A broken source degrades its own section, which then has an \`error\`; the status is 200 still. ${ABSENT_IS_NULL}`,
        parameters: [readMask(envelope), format(Object.keys(REPRESENTATIONS))],
        body: `${BASE}${envelope.name}`,
        texts: [REPRESENTATIONS.openmetrics, REPRESENTATIONS.prometheus],
        failures: errors({
          400: "A path of the mask is no section, the format is none, or a query parameter is not known.",
          406: "Nothing that `Accept` takes can be given; `message` has the list.",
          501: "Metrics are switched off. The other paths answer as before.",
        }),
      }),
      "/health": operation("getHealth", "Whether the process answers. It says nothing about the database.", {
        body: `${BASE}${health.name}`,
      }),
      "/ready": operation("getReady", "Whether the database can be read.", {
        body: `${BASE}Ready`,
        failures: unreadable,
      }),
      "/status": operation("getStatus", "Active tasks by stage. Frozen, for older readers.", {
        body: `${BASE}${status.name}`,
        failures: unreadable,
      }),
      "/queue": operation("getQueue", "Job counts and running jobs. Frozen, for older readers.", {
        body: `${BASE}${queue.name}`,
        failures: unreadable,
      }),
      "/openapi.json": operation("getOpenapi", "This document.", {}),
    },
    // Either, as the service was started.
    security: [{ bearer: [] }, {}],
    components: { schemas, securitySchemes: { bearer: BEARER } },
  };
}
