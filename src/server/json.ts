/**
 * The envelope as JSON text: the protobuf JSON mapping with zero values, and with `null` for what is unset, so that a reader
 * sees every key. Every ProtoJSON parser accepts the nulls.
 */
import { type DescField, type DescMessage, toJson } from "@bufbuild/protobuf";
import { TimestampSchema } from "@bufbuild/protobuf/wkt";
import {
  type GetMetricsResponse,
  GetMetricsResponseSchema,
} from "../../gen/orchestrator/metrics/v1/metrics_pb.js";

/** For the RPC's JSON and the older answers. */
export const JSON_OPTIONS = { alwaysEmitImplicit: true } as const;

/** Sections that a read mask left out are not sent at all. */
const MASKED = new Set(["stages", "queue", "agents", "cost"]);

type JsonObject = Record<string, unknown>;

export function envelopeText(envelope: GetMetricsResponse): string {
  const json = toJson(GetMetricsResponseSchema, envelope, JSON_OPTIONS) as JsonObject;
  return JSON.stringify(withNulls(GetMetricsResponseSchema, json, envelope as unknown as JsonObject, MASKED));
}

/** In the contract's order; `omitted` names fields that are left out while unset. */
function withNulls(
  schema: DescMessage,
  json: JsonObject,
  message: JsonObject,
  omitted?: ReadonlySet<string>,
): JsonObject {
  const filled: JsonObject = {};
  for (const field of schema.fields) {
    const value = json[field.jsonName];
    if (value !== undefined) filled[field.jsonName] = fieldWithNulls(field, value, message[field.localName]);
    else if (!omitted?.has(field.name)) filled[field.jsonName] = null;
  }
  return filled;
}

function fieldWithNulls(field: DescField, json: unknown, value: unknown): unknown {
  // From the message: `toJson` assigns by key, and so loses one that is called `__proto__`. The contract's maps hold numbers.
  if (field.fieldKind === "map") return wellFormedKeys(value as JsonObject);
  // Half a surrogate pair, which only a function of the orchestrator's can give, is not text: U+FFFD, as in the binary.
  if (typeof json === "string") return json.toWellFormed();
  const { message } = field;
  if (!message || message.typeName === TimestampSchema.typeName) return json;
  if (field.fieldKind === "message") return withNulls(message, json as JsonObject, value as JsonObject);
  const items = value as readonly JsonObject[];
  return (json as readonly JsonObject[]).map((item, index) => withNulls(message, item, items[index] ?? {}));
}

function wellFormedKeys(map: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(map).map(([key, value]) => [key.toWellFormed(), value]));
}
