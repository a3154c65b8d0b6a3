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
  const json = toJson(schema, message, JSON_OPTIONS);
  fillNulls(schema, json as JsonObject);
  return json;
}

function fillNulls(schema: DescMessage, json: JsonObject): void {
  if (schema.file.proto.package === "google.protobuf") return;
  for (const field of schema.fields) {
    const value = json[field.jsonName];
    if (value === undefined) {
      const masked = schema.typeName === GetMetricsResponseSchema.typeName && MASKED.has(field.name);
      if (!masked) json[field.jsonName] = null;
    } else if (field.fieldKind === "message") {
      if (typeof value === "object") fillNulls(field.message, value as JsonObject);
    } else if (field.fieldKind === "list" && field.listKind === "message") {
      for (const item of value as JsonObject[]) fillNulls(field.message, item);
    }
  }
}
