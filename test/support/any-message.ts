/** Arbitrary messages of a type, as the plain objects they are created from. Each field may be set or not. */
import { type DescField, type DescMessage, ScalarType } from "@bufbuild/protobuf";
import { TimestampSchema } from "@bufbuild/protobuf/wkt";
import fc from "fast-check";

const YEAR_9999_SECONDS = 253_402_300_799;

/** Generators for the values that a field's own rules allow. */
export interface Values {
  readonly text: fc.Arbitrary<string>;
  readonly int32: fc.Arbitrary<number>;
  readonly double: fc.Arbitrary<number>;
  readonly listLength: number;
}

export function anyMessage(schema: DescMessage, values: Values): fc.Arbitrary<object> {
  if (schema.typeName === TimestampSchema.typeName) return anyTime;
  const fields = schema.fields.map((field) => [field.localName, anyField(field, values)] as const);
  return fc.record(Object.fromEntries(fields), { requiredKeys: [] });
}

const anyTime = fc.record({
  seconds: fc.bigInt({ min: -62_135_596_800n, max: BigInt(YEAR_9999_SECONDS) }),
  nanos: fc.oneof(
    fc.constant(0),
    fc.integer({ min: 0, max: 999 }).map((millis) => millis * 1e6),
    fc.nat(999_999_999),
  ),
});

function anyField(field: DescField, values: Values): fc.Arbitrary<unknown> {
  if (field.fieldKind === "message") return anyMessage(field.message, values);
  if (field.fieldKind === "scalar") return anyScalar(field.scalar, values);
  const element =
    "message" in field && field.message
      ? anyMessage(field.message, values)
      : anyScalar(field.scalar as ScalarType, values);
  if (field.fieldKind === "list") return fc.array(element, { maxLength: values.listLength });
  return fc.dictionary(values.text, element, { maxKeys: values.listLength });
}

function anyScalar(type: ScalarType, values: Values): fc.Arbitrary<unknown> {
  switch (type) {
    case ScalarType.STRING:
      return values.text;
    case ScalarType.BOOL:
      return fc.boolean();
    case ScalarType.INT32:
      return values.int32;
    case ScalarType.DOUBLE:
      return values.double;
    default:
      throw new TypeError(`the contract has a scalar type that this test does not know: ${type}`);
  }
}
