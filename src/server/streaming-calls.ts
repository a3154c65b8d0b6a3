/**
 * Calls that stream, gRPC's `Watch` and reflection, last as long as their client wants. Their number is bounded: of a
 * connection, and of all. One more is refused before it is read.
 */
import { Code, ConnectError, createContextKey, type HandlerContext } from "@connectrpc/connect";
import type { Request } from "./answer.ts";
import { LIMITS } from "./limits.ts";

/** The request of a call, in its context's values. */
export const REQUEST = createContextKey<Request | undefined>(undefined);

/** For the router's `requestGate`. Throws `resource_exhausted`. `onStart` hears of each call that streams and may. */
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
    if (here >= LIMITS.openCallsPerConnection) throw refusal(`${here} calls that stream on this connection`);
    if (ofAll >= LIMITS.openCalls) throw refusal(`${ofAll} calls that stream on all connections`);
    add(connection, 1);
    onStart(request);
    signal.addEventListener("abort", () => add(connection, -1), { once: true });
  };
}

function refusal(open: string): ConnectError {
  return new ConnectError(
    `there are ${open}, which is as many as may be: end one first`,
    Code.ResourceExhausted,
  );
}
