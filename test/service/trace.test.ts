/** `traceparent` as specified in www.w3.org/TR/trace-context, section 3.2. */
import { expect, it } from "vitest";
import { traceOf } from "../../src/server/handler.ts";

const TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
const PARENT = "00f067aa0ba902b7";

it.each([
  ["of version 00", `00-${TRACE}-${PARENT}-01`],
  ["of a later version with extra content at its end", `01-${TRACE}-${PARENT}-01-more`],
])("traceOf returns the trace of a traceparent %s", (_, traceparent) => {
  expect(traceOf({ headers: { traceparent } })).toBe(TRACE);
});

it.each([
  ["has extra content at its end in version 00", `00-${TRACE}-${PARENT}-01-more`],
  ["is of version ff", `ff-${TRACE}-${PARENT}-01`],
  ["has a trace ID of zeros", `00-${"0".repeat(32)}-${PARENT}-01`],
  ["has a parent ID of zeros", `00-${TRACE}-${"0".repeat(16)}-01`],
  ["has capital letters", `00-${TRACE.toUpperCase()}-${PARENT}-01`],
])("traceOf returns undefined if the traceparent %s", (_, traceparent) => {
  expect(traceOf({ headers: { traceparent } })).toBeUndefined();
});
