/** The trace id of a request, for the log: www.w3.org/TR/trace-context, "traceparent". */
import type { Request } from "./answer.ts";

/** Version ff is none, and neither is an id of zeros. */
const TRACEPARENT = /^(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(-.*)?$/;

export function traceOf({ headers }: Pick<Request, "headers">): string | undefined {
  const { traceparent } = headers;
  return typeof traceparent === "string" ? TRACEPARENT.exec(traceparent)?.[1] : undefined;
}
