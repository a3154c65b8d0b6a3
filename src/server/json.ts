/**
 * A message as this service writes it: the protobuf JSON mapping with zero values, and with `null` for what
 * is unset, so that a reader sees every key. Every ProtoJSON parser accepts the nulls.
 */
import {
  type DescMessage,
  type JsonObject,
  type JsonValue,
  type MessageShape,
  toJson,
} from "@bufbuild/protobuf";
import { GetMetricsResponseSchema } from "../../gen/orchestrator/metrics/v1/metrics_pb.js";

/** Sections that a read mask left out are not sent at all. */
const MASKED = new Set(["stages", "queue", "agents", "cost"]);

export const JSON_OPTIONS = { alwaysEmitImplicit: true } as const;

export function toPlainJson<Desc extends DescMessage>(schema: Desc, message: MessageShape<Desc>): JsonValue {
  return withNulls(schema, toJson(schema, message, JSON_OPTIONS) as JsonObject);
}

/** The same object with every field of the schema, in the schema's order. */
function withNulls(schema: DescMessage, json: JsonObject): JsonValue {
  // Well-known types have JSON forms of their own: a Timestamp is text.
  if (schema.file.proto.package === "google.protobuf") return json;
  const whole: JsonObject = {};
  for (const field of schema.fields) {
    const value = json[field.jsonName];
    if (value === undefined) {
      const masked = schema.typeName === GetMetricsResponseSchema.typeName && MASKED.has(field.name);
      if (!masked) whole[field.jsonName] = null;
    } else if (field.fieldKind === "message") {
      whole[field.jsonName] = withNulls(field.message, value as JsonObject);
    } else if (field.fieldKind === "list" && field.listKind === "message") {
      whole[field.jsonName] = (value as JsonObject[]).map((item) => withNulls(field.message, item));
    } else {
      whole[field.jsonName] = value;
    }
  }
  return whole;
}
