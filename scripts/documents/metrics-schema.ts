/** Builds the JSON Schema of the body of `GET /metrics`. */
import { type ContractFiles, messageOf } from "./contract-files.ts";
import { type Definitions, defineMessage, type JsonSchema } from "./json-schema.ts";

/** The comments describe all transports. Only this one writes unset values. */
export const ABSENT_IS_NULL =
  "A value that a description calls absent is null here. A section that `read_mask` does not name has no key.";

export function metricsSchema({ metrics }: ContractFiles): JsonSchema {
  const definitions: Definitions = {};
  const envelope = messageOf(metrics, "GetMetricsResponse");
  const style = { base: "#/$defs/", unset: "null", nameOf: ({ name }: { name: string }) => name } as const;
  defineMessage(envelope, style, definitions);
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: envelope.typeName,
    description: `The response of \`GET /metrics\`. ${ABSENT_IS_NULL}`,
    $ref: style.base + envelope.name,
    $defs: definitions,
  };
}
