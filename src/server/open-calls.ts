/**
 * Calls that stream, gRPC's `Watch` and reflection, last as long as their client wants, and so are bounded in number: of
 * a connection, and of all. One more is refused before it is read.
 */
import {
  Code,
  ConnectError,
  type ContextValues,
  createContextKey,
  createContextValues,
  type HandlerContext,
} from "@connectrpc/connect";
import type { Request } from "./answer.ts";
import { LIMITS } from "./limits.ts";

const CONNECTION = createContextKey<object | undefined>(undefined);
const ON_OPEN = createContextKey<() => void>(() => {});

/** What `createOpenCallGate` needs to know of a request; `onOpen` is called where it is such a call and let in. */
export function openCallValues(request: Request, onOpen: () => void): ContextValues {
  const connection = "stream" in request ? request.stream.session : request.socket;
  return createContextValues().set(CONNECTION, connection).set(ON_OPEN, onOpen);
}

/** For the router's `requestGate`. Throws `resource_exhausted`. */
export function createOpenCallGate(): (context: HandlerContext) => void {
  const ofConnection = new WeakMap<object, number>();
  let ofAll = 0;

  function add(connection: object | undefined, more: 1 | -1): void {
    ofAll += more;
    if (connection) ofConnection.set(connection, (ofConnection.get(connection) ?? 0) + more);
  }

  return ({ method, values, signal }) => {
    if (method.methodKind === "unary") return;
    const connection = values.get(CONNECTION);
    const here = connection ? (ofConnection.get(connection) ?? 0) : 0;
    if (here >= LIMITS.openCallsPerConnection) throw refusal(`${here} calls that stream on this connection`);
    if (ofAll >= LIMITS.openCalls) throw refusal(`${ofAll} calls that stream on all connections`);
    add(connection, 1);
    values.get(ON_OPEN)();
    signal.addEventListener("abort", () => add(connection, -1), { once: true });
  };
}

function refusal(open: string): ConnectError {
  return new ConnectError(
    `there are ${open}, which is as many as may be: end one first`,
    Code.ResourceExhausted,
  );
}
