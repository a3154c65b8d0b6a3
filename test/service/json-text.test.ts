/** The JSON text that `GET /metrics` writes by itself, held against what the protobuf library writes and reads. */
import {
  create,
  type DescField,
  type DescMessage,
  fromBinary,
  fromJsonString,
  type MessageInitShape,
  ScalarType,
  toBinary,
  toJson,
} from "@bufbuild/protobuf";
import { TimestampSchema } from "@bufbuild/protobuf/wkt";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { GetMetricsResponseSchema } from "../../gen/orchestrator/metrics/v1/metrics_pb.js";
import { envelopeText, JSON_OPTIONS } from "../../src/server/json.ts";

type Envelope = MessageInitShape<typeof GetMetricsResponseSchema>;

const YEAR_9999_SECONDS = 253_402_300_799;

/** Any message of the type, each field with presence set or not, as the plain object it is made from. */
function anyMessage(schema: DescMessage): fc.Arbitrary<object> {
  if (schema.typeName === TimestampSchema.typeName) {
    return fc.record({
      seconds: fc.bigInt({ min: -62_135_596_800n, max: BigInt(YEAR_9999_SECONDS) }),
      nanos: fc.oneof(
        fc.constant(0),
        fc.integer({ min: 0, max: 999 }).map((millis) => millis * 1e6),
        fc.nat(999_999_999),
      ),
    });
  }
  const fields = schema.fields.map((field) => [field.localName, anyField(field)] as const);
  return fc.record(Object.fromEntries(fields), { requiredKeys: [] });
}

function anyField(field: DescField): fc.Arbitrary<unknown> {
  if (field.fieldKind === "message") return anyMessage(field.message);
  if (field.fieldKind === "scalar") return anyScalar(field.scalar);
  const element =
    "message" in field && field.message ? anyMessage(field.message) : anyScalar(field.scalar as ScalarType);
  if (field.fieldKind === "list") return fc.array(element, { maxLength: 3 });
  return fc.dictionary(anyText, element, { maxKeys: 3 });
}

const anyText = fc.string({ unit: "binary", maxLength: 20 }).filter((text) => text !== "__proto__");

function anyScalar(type: ScalarType): fc.Arbitrary<unknown> {
  switch (type) {
    case ScalarType.STRING:
      return anyText;
    case ScalarType.BOOL:
      return fc.boolean();
    case ScalarType.INT32:
      return fc.integer();
    case ScalarType.DOUBLE:
      // JSON.stringify writes -0 as 0.
      return fc.double().map((value) => value + 0);
    default:
      throw new TypeError(`the contract has a scalar type that this test does not know: ${type}`);
  }
}

function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (typeof value !== "object" || value === null) return value;
  const set = Object.entries(value).filter(([, item]) => item !== null);
  return Object.fromEntries(set.map(([key, item]) => [key, withoutNulls(item)]));
}

describe("the JSON text of any envelope", () => {
  it("is the library's own mapping with nulls for what is unset, and reads back as the same message", () => {
    fc.assert(
      fc.property(anyMessage(GetMetricsResponseSchema), (fields) => {
        const envelope = create(GetMetricsResponseSchema, fields as Envelope);
        const text = envelopeText(envelope);
        const library = toJson(GetMetricsResponseSchema, envelope, JSON_OPTIONS);
        expect(withoutNulls(JSON.parse(text))).toEqual(JSON.parse(JSON.stringify(library)));
        const read = fromJsonString(GetMetricsResponseSchema, text);
        expect(toJson(GetMetricsResponseSchema, read, JSON_OPTIONS)).toEqual(library);
        const sent = fromBinary(GetMetricsResponseSchema, toBinary(GetMetricsResponseSchema, envelope));
        expect(toJson(GetMetricsResponseSchema, sent, JSON_OPTIONS)).toEqual(library);
      }),
      { numRuns: 300 },
    );
  });

  it("has no half of a surrogate pair, which is no Unicode, but what the binary has", () => {
    const breakers = { items: [{ name: "half \ud800" }] };
    const envelope = create(GetMetricsResponseSchema, { queue: { breakers, counts: { "\udc00 half": 1 } } });
    const { queue } = fromJsonString(GetMetricsResponseSchema, envelopeText(envelope));
    const sent = fromBinary(GetMetricsResponseSchema, toBinary(GetMetricsResponseSchema, envelope));
    expect(queue?.breakers?.items[0]?.name).toBe("half \ufffd");
    expect(queue?.counts).toEqual({ "\ufffd half": 1 });
    expect(queue).toEqual(sent.queue);
  });
});
