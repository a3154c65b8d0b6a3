/** The trace id of a request, for the log: www.w3.org/TR/trace-context, "traceparent". */
import type { Request } from "./answer.ts";

const TRACEPARENT = /^[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}(-.*)?$/;
const INVALID = "0".repeat(32);

export function traceOf({ headers }: Pick<Request, "headers">): string | undefined {
  const { traceparent } = headers;
  const trace = typeof traceparent === "string" ? TRACEPARENT.exec(traceparent)?.[1] : undefined;
  return trace === INVALID ? undefined : trace;
}
