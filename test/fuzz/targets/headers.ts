/** Arbitrary headers and queries: the requested sections, the format, and the trace. */
import assert from "node:assert";
import fc from "fast-check";
import { similarPath } from "../../../src/server/error-responses.ts";
import { traceOf } from "../../../src/server/handler.ts";
import { REPRESENTATIONS, representationFor } from "../../../src/server/metrics-route.ts";
import { anyText, damaged, textOf, trapNames } from "../lines.ts";
import { pure } from "../target.ts";

const acceptWords = fc.constantFrom(
  ...Object.values(REPRESENTATIONS),
  ...[
    "*/*",
    "text/*",
    "application/json",
    "q=0",
    "q=0.5",
    "q=1.0001",
    "q=NaN",
    "version=1.0.0",
    "escaping=allow-utf-8",
  ],
  ...['charset="utf-8"', '"a;b,c"', '"\\"', ";", ",", "=", "/"],
);

export const accept = pure(
  "accept",
  fc.option(fc.oneof(textOf(acceptWords, [",", ";", ", ", " ; ", ""]), damaged(acceptWords), anyText), {
    nil: undefined,
  }),
  (header) => {
    const representation = representationFor(header);
    assert(representation === undefined || Object.hasOwn(REPRESENTATIONS, representation));
  },
);

const OK = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
/** Reimplements www.w3.org/TR/trace-context, section 3.2. */
function traceIn(header: string): string | undefined {
  const [version = "", trace = "", parent = "", flags = "", ...more] = header.split("-");
  const isHex = (text: string, length: number) =>
    text.length === length && [...text].every((one) => "0123456789abcdef".includes(one));
  const isOk = isHex(version, 2) && isHex(trace, 32) && isHex(parent, 16) && isHex(flags, 2);
  if (!isOk || version === "ff" || (version === "00" && more.length > 0)) return undefined;
  return /^0+$/.test(trace) || /^0+$/.test(parent) ? undefined : trace;
}

export const traceparent = pure(
  "traceparent",
  fc.oneof(
    damaged(fc.constantFrom(OK, OK.replace("00-", "01-"), `${OK}-more`, OK.replace("00-", "ff-"))),
    fc
      .array(
        fc.constantFrom("00", "ff", "0".repeat(32), "a".repeat(32), "0".repeat(16), "b".repeat(16), "01"),
        { maxLength: 6 },
      )
      .map((parts) => parts.join("-")),
    anyText,
  ),
  (header) => assert.equal(traceOf({ headers: { traceparent: header } }), traceIn(header)),
);

const PATHS = ["/metrics", "/health", "/openapi.json"];

export const path = pure(
  "path",
  fc.oneof(
    damaged(fc.constantFrom(...PATHS)),
    textOf(fc.constantFrom("%2F", "%2f", "//", "METRICS", "%", "?", "#"), ["/", ""]),
    anyText,
    trapNames,
  ),
  (text) => {
    const similar = similarPath(text, PATHS);
    assert(similar === undefined || PATHS.includes(similar));
  },
);
