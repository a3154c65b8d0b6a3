/**
 * The JSON text of a message: the protobuf JSON mapping with zero values, and with `null` for what is unset,
 * so that a reader sees every key. Every ProtoJSON parser accepts the nulls. A writer is made once for each
 * message type: through `toJson`, an object and JSON.stringify the text takes more than twice as long.
 */
import { type DescField, type DescMessage, type MessageShape, ScalarType, toJson } from "@bufbuild/protobuf";
import { type Timestamp, TimestampSchema } from "@bufbuild/protobuf/wkt";
import { sameText } from "./json-same.ts";
import { rememberingWriter, type WrittenField } from "./remembering-writer.ts";

type Write = (value: unknown) => string;

/**
 * A function that writes messages of this type; they must not change once they were written. `omitted` names fields
 * that are left out while unset.
 */
export function jsonTextWriter<Desc extends DescMessage>(
  schema: Desc,
  omitted?: ReadonlySet<string>,
): (message: MessageShape<Desc>) => string {
  return messageWriter(schema, omitted);
}

function messageWriter(schema: DescMessage, omitted?: ReadonlySet<string>): Write {
  if (isTimestamp(schema)) return (value) => timestampText(value as Timestamp);
  const fields = schema.fields.map((field) => ({
    ...writtenField(field),
    isOmitted: omitted?.has(field.name) ?? false,
  }));
  return (message) => {
    const values = message as Readonly<Record<string, unknown>>;
    let text = "";
    for (const { key, name, write, isOmitted } of fields) {
      const value = values[name];
      if (value === undefined && isOmitted) continue;
      text += `${text === "" ? "{" : ","}${key}${value === undefined ? "null" : write(value)}`;
    }
    return text === "" ? "{}" : `${text}}`;
  };
}

function writtenField(field: DescField): WrittenField {
  return {
    key: `${JSON.stringify(field.jsonName)}:`,
    name: field.localName,
    write: fieldWriter(field),
    isSame: sameText(field),
  };
}

function fieldWriter(field: DescField): Write {
  switch (field.fieldKind) {
    case "message":
      return messageWriter(field.message);
    case "scalar":
      return scalarWriter(field.scalar);
    case "list": {
      if (field.message && !isTimestamp(field.message))
        return rememberingWriter(field.message.fields.map(writtenField)) as Write;
      const write = elementWriter(field);
      return (items) => `[${(items as readonly unknown[]).map(write).join(",")}]`;
    }
    case "map": {
      const write = elementWriter(field);
      return (entries) =>
        `{${Object.entries(entries as object)
          .map(([key, value]) => `${stringText(key)}:${write(value)}`)
          .join(",")}}`;
    }
    default:
      return unsupported(field);
  }
}

function elementWriter(field: DescField & { fieldKind: "list" | "map" }): Write {
  if (field.scalar !== undefined) return scalarWriter(field.scalar);
  if (field.message !== undefined) return messageWriter(field.message);
  return unsupported(field);
}

function scalarWriter(type: ScalarType): Write {
  switch (type) {
    case ScalarType.STRING:
      return stringText as Write;
    case ScalarType.BOOL:
    case ScalarType.INT32:
      return String;
    case ScalarType.DOUBLE:
      return (value) => (Number.isFinite(value) ? String(value) : `"${value}"`);
    default:
      throw new TypeError(`no JSON form for the scalar type ${ScalarType[type]}`);
  }
}

/** The contract has no such field; whoever adds one meets this at start-up, and adds its form here. */
function unsupported(field: DescField): never {
  throw new TypeError(`no JSON form for the field ${field.parent.typeName}.${field.name}`);
}

/** Text without quotes, backslashes and control characters, as nearly all is, stands for itself. */
const PLAIN = /^[\x20\x21\x23-\x5b\x5d-\x7e]*$/;

/** Half a surrogate pair, which only a function of the orchestrator's can give, is no text: as in the binary, U+FFFD. */
function stringText(text: string): string {
  return PLAIN.test(text) ? `"${text}"` : JSON.stringify(text.toWellFormed());
}

function isTimestamp({ typeName }: DescMessage): boolean {
  return typeName === TimestampSchema.typeName;
}

/** RFC 3339 with 0, 3, 6 or 9 digits of the second, as the mapping asks. */
function timestampText(timestamp: Timestamp): string {
  const { seconds, nanos } = timestamp;
  if (nanos % 1_000_000 !== 0) return JSON.stringify(toJson(TimestampSchema, timestamp));
  const second = secondText(Number(seconds));
  return nanos === 0 ? `"${second}Z"` : `"${second}.${String(nanos / 1_000_000).padStart(3, "0")}Z"`;
}

/** The same times are told again and again: when an agent started, when it last wrote. */
const secondTexts = new Map<number, string>();
const MOST_SECOND_TEXTS = 4_096;

function secondText(seconds: number): string {
  let text = secondTexts.get(seconds);
  if (text === undefined) {
    if (secondTexts.size >= MOST_SECOND_TEXTS) secondTexts.clear();
    text = new Date(seconds * 1000).toISOString().slice(0, -5);
    secondTexts.set(seconds, text);
  }
  return text;
}
