/** A message with every field of the contract set. */
import { create, type DescField, type DescMessage, type MessageShape, ScalarType } from "@bufbuild/protobuf";
import { TimestampSchema, timestampFromMs } from "@bufbuild/protobuf/wkt";

/** `double` is the value of each double. */
export function filled<Desc extends DescMessage>(schema: Desc, double: number): MessageShape<Desc> {
  const values = schema.fields.map((field) => [field.localName, fieldValue(field, double)]);
  return create<DescMessage>(schema, Object.fromEntries(values)) as MessageShape<Desc>;
}

function fieldValue(field: DescField, double: number): unknown {
  if (field.fieldKind === "list") return [single(field, double)];
  if (field.fieldKind === "map") return { "a key": single(field, double) };
  return single(field, double);
}

function single(field: DescField, double: number): unknown {
  if (field.message?.typeName === TimestampSchema.typeName) return timestampFromMs(1_769_860_800_123);
  if (field.message) return filled(field.message, double);
  if (field.scalar === ScalarType.STRING) return "text";
  if (field.scalar === ScalarType.BOOL) return true;
  return field.scalar === ScalarType.DOUBLE ? double : -(2 ** 31);
}
