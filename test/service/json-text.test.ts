/** Compares the JSON text that `GET /metrics` writes with the protobuf library's JSON. */
import {
  create,
  fromBinary,
  fromJsonString,
  type MessageInitShape,
  toBinary,
  toJson,
} from "@bufbuild/protobuf";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { GetMetricsResponseSchema } from "../../gen/orchestrator/metrics/v1/metrics_pb.js";
import { envelopeText, JSON_OPTIONS } from "../../src/server/json.ts";
import { anyMessage, type Values } from "../support/any-message.ts";

type Envelope = MessageInitShape<typeof GetMetricsResponseSchema>;

const VALUES: Values = {
  text: fc.string({ unit: "binary", maxLength: 20 }).filter((text) => text !== "__proto__"),
  int32: fc.integer(),
  // JSON.stringify writes -0 as 0.
  double: fc.double().map((value) => value + 0),
  listLength: 3,
};

function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (typeof value !== "object" || value === null) return value;
  const set = Object.entries(value).filter(([, item]) => item !== null);
  return Object.fromEntries(set.map(([key, item]) => [key, withoutNulls(item)]));
}

describe("the JSON text of any envelope", () => {
  it("is the library's mapping plus nulls for unset fields, and parses back to the same message", () => {
    fc.assert(
      fc.property(anyMessage(GetMetricsResponseSchema, VALUES), (fields) => {
        const envelope = create(GetMetricsResponseSchema, fields as Envelope);
        const text = envelopeText(envelope);
        const library = toJson(GetMetricsResponseSchema, envelope, JSON_OPTIONS);
        expect(withoutNulls(JSON.parse(text))).toEqual(JSON.parse(JSON.stringify(library)));
        const read = fromJsonString(GetMetricsResponseSchema, text);
        expect(toJson(GetMetricsResponseSchema, read, JSON_OPTIONS)).toEqual(library);
        const sent = fromBinary(GetMetricsResponseSchema, toBinary(GetMetricsResponseSchema, envelope));
        expect(toJson(GetMetricsResponseSchema, sent, JSON_OPTIONS)).toEqual(library);
      }),
      { numRuns: 150 },
    );
  });

  it("replaces lone surrogates as the binary encoding does", () => {
    const breakers = { items: [{ name: "half \ud800" }] };
    const envelope = create(GetMetricsResponseSchema, { queue: { breakers, counts: { "\udc00 half": 1 } } });
    const { queue } = fromJsonString(GetMetricsResponseSchema, envelopeText(envelope));
    const sent = fromBinary(GetMetricsResponseSchema, toBinary(GetMetricsResponseSchema, envelope));
    expect(queue?.breakers?.items[0]?.name).toBe("half \ufffd");
    expect(queue?.counts).toEqual({ "\ufffd half": 1 });
    expect(queue).toEqual(sent.queue);
  });
});
