/**
 * Builds JSON Schemas of messages in the form that src/server/json.ts and protobuf's toJson write. Objects are open,
 * since later versions add fields, which a validating client must accept.
 */
import { type DescField, type DescMessage, ScalarType } from "@bufbuild/protobuf";
import { TimestampSchema } from "@bufbuild/protobuf/wkt";
import { commentOf } from "./comments.ts";
import { canBeUnset, isSection } from "./presence.ts";

export type JsonSchema = { readonly [keyword: string]: unknown };
export type Definitions = Record<string, JsonSchema>;

export interface SchemaStyle {
  /** The prefix of a `$ref` to a definition: "#/$defs/". */
  readonly base: string;
  /** How an unset field appears: as `null`, or without a key. */
  readonly unset: "null" | "absent";
  /** Returns the name of a message's definition. */
  readonly nameOf: (message: DescMessage) => string;
}

/** A double is a text if JSON has no number for it. */
const DOUBLE = "Double";
const DOUBLE_SCHEMA: JsonSchema = {
  description: "A number, or a text if JSON cannot represent it.",
  anyOf: [{ type: "number" }, { type: "string", enum: ["NaN", "Infinity", "-Infinity"] }],
};

/** Adds the message, and every message that it contains, to the definitions. */
export function defineMessage(message: DescMessage, style: SchemaStyle, definitions: Definitions): void {
  const name = style.nameOf(message);
  if (name in definitions) return;
  // Reserves its place before its fields are visited, so that definitions are in reading order.
  definitions[name] = {};
  const fields = message.fields;
  definitions[name] = {
    description: commentOf(message),
    type: "object",
    required: fields.filter((field) => isAlwaysWritten(field, style)).map((field) => field.jsonName),
    properties: Object.fromEntries(
      fields.map((field) => [field.jsonName, fieldSchema(field, style, definitions)]),
    ),
  };
}

function isAlwaysWritten(field: DescField, { unset }: SchemaStyle): boolean {
  return !isSection(field) && (unset === "null" || !canBeUnset(field));
}

function fieldSchema(field: DescField, style: SchemaStyle, definitions: Definitions): JsonSchema {
  const description = commentOf(field);
  const value = valueSchema(field, style, definitions);
  const isNullable = canBeUnset(field) && isAlwaysWritten(field, style);
  return { description, ...(isNullable ? orNull(value) : value) };
}

function orNull(schema: JsonSchema): JsonSchema {
  return typeof schema.type === "string"
    ? { ...schema, type: [schema.type, "null"] }
    : { anyOf: [schema, { type: "null" }] };
}

function valueSchema(field: DescField, style: SchemaStyle, definitions: Definitions): JsonSchema {
  switch (field.fieldKind) {
    case "list":
      return { type: "array", items: singleSchema(field, style, definitions) };
    case "map":
      return { type: "object", additionalProperties: singleSchema(field, style, definitions) };
    default:
      return singleSchema(field, style, definitions);
  }
}

function singleSchema(field: DescField, style: SchemaStyle, definitions: Definitions): JsonSchema {
  if (field.scalar !== undefined) return scalarSchema(field.scalar, style, definitions);
  if (field.message?.typeName === TimestampSchema.typeName) return { type: "string", format: "date-time" };
  if (field.message === undefined) throw new TypeError(`no JSON Schema for ${field.toString()}`);
  defineMessage(field.message, style, definitions);
  return { $ref: style.base + style.nameOf(field.message) };
}

function scalarSchema(type: ScalarType, { base }: SchemaStyle, definitions: Definitions): JsonSchema {
  switch (type) {
    case ScalarType.STRING:
      return { type: "string" };
    case ScalarType.BOOL:
      return { type: "boolean" };
    case ScalarType.INT32:
      return { type: "integer", format: "int32" };
    case ScalarType.DOUBLE:
      definitions[DOUBLE] ??= DOUBLE_SCHEMA;
      return { $ref: base + DOUBLE };
    default:
      throw new TypeError(`no JSON Schema for the scalar type ${ScalarType[type]}`);
  }
}
