/**
 * Limits the number of streaming calls (gRPC's `Watch` and reflection), which last as long as their client wants: per
 * connection and in total. A call above the limit is refused before it is read.
 */
import { Code, ConnectError, createContextKey, type HandlerContext } from "@connectrpc/connect";
import type { Request } from "./answer.ts";
import { LIMITS } from "./limits.ts";

/** The request of a call, stored in its context values. */
export const REQUEST = createContextKey<Request | undefined>(undefined);

/**
 * For the router's `requestGate`. Calls `onStart` with each accepted streaming call. Throws `resource_exhausted` at a limit.
 */
export function limitStreamingCalls(onStart: (request: Request) => void): (context: HandlerContext) => void {
  const ofConnection = new WeakMap<object, number>();
  let ofAll = 0;

  function add(connection: object | undefined, more: 1 | -1): void {
    ofAll += more;
    if (connection) ofConnection.set(connection, (ofConnection.get(connection) ?? 0) + more);
  }

  return ({ method, values, signal }) => {
    const request = values.get(REQUEST);
    if (method.methodKind === "unary" || !request) return;
    const connection = "stream" in request ? request.stream.session : request.socket;
    const here = connection ? (ofConnection.get(connection) ?? 0) : 0;
    if (here >= LIMITS.openCallsPerConnection)
      throw refusal(`${here} streaming calls are open on this connection`);
    if (ofAll >= LIMITS.openCalls) throw refusal(`${ofAll} streaming calls are open on all connections`);
    add(connection, 1);
    onStart(request);
    signal.addEventListener("abort", () => add(connection, -1), { once: true });
  };
}

function refusal(open: string): ConnectError {
  return new ConnectError(`${open}, which is the limit: end one first`, Code.ResourceExhausted);
}
