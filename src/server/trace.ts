/** The trace id of a request, for the log: www.w3.org/TR/trace-context, "traceparent". */
import type { Request } from "./answer.ts";

/** An id of zeros alone is none, and so is version ff; what follows in a later version is let be, in 00 it is wrong. */
const TRACEPARENT =
  /^(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(?:(?<!^00.{53})-.*)?$/s;

export function traceOf({ headers }: Pick<Request, "headers">): string | undefined {
  const { traceparent } = headers;
  return typeof traceparent === "string" ? TRACEPARENT.exec(traceparent)?.[1] : undefined;
}
