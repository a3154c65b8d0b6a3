/** The JSON Schema of the body that `GET /metrics` answers with. */
import { type ContractFiles, messageOf } from "./contract-files.ts";
import { type Definitions, defineMessage, type JsonSchema } from "./json-schema.ts";

/** The comments are of all transports; this one alone writes what is absent. */
export const ABSENT_IS_NULL =
  "Where a description says that a value is absent, it is null here. A section that `read_mask` does not name has no key.";

export function metricsSchema({ metrics }: ContractFiles): JsonSchema {
  const definitions: Definitions = {};
  const envelope = messageOf(metrics, "GetMetricsResponse");
  const style = { base: "#/$defs/", unset: "null", nameOf: ({ name }: { name: string }) => name } as const;
  defineMessage(envelope, style, definitions);
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: envelope.typeName,
    description: `What \`GET /metrics\` answers. ${ABSENT_IS_NULL}`,
    $ref: style.base + envelope.name,
    $defs: definitions,
  };
}
