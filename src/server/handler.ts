/** Handles requests over HTTP/1.1 and HTTP/2: passes each to its RPC or HTTP route, and returns errors in one shape. */
import { Code } from "@connectrpc/connect";
import { splitTarget } from "../../shared/host-names.ts";
import { asksServer, type Gate } from "./access/gate.ts";
import { type Answer, errorAnswer, type Handler, type Request, type Response, write } from "./answer.ts";
import type { RequestLimits } from "./connections.ts";
import {
  announcesLongBody,
  bodyTooLong,
  hasShortBody,
  headError,
  methodNotAllowed,
  notFound,
  unknownParameters,
} from "./error-responses.ts";
import { plainRoutes } from "./plain-routes.ts";
import { createRpc, type RpcOptions } from "./rpc.ts";

export type { Handler };

const PLAIN_METHODS = ["GET", "HEAD"];
const ALL_METHODS = ["GET", "HEAD", "POST"];

/** For an orchestrator's own server, which has its own limits. */
const NO_LIMITS: RequestLimits = {
  turnToAnswer: async () => true,
  markAnswered() {},
  startStreaming: () => undefined,
};

export interface HandlerOptions extends Omit<RpcOptions, "limits"> {
  /** Decides who may read. Undefined: everyone. */
  readonly gate?: Gate | undefined;
  /** Called with an unexpected error and the request's trace ID, if it has one. The client receives only `internal`. */
  readonly onUnexpected: (where: string, error: unknown, trace?: string) => void;
  /** Called with each request that the gate accepts, for the log. */
  readonly onRequest?: (request: { method: string; path: string; trace: string | undefined }) => void;
  readonly limits?: RequestLimits;
}

export function createHandler(options: HandlerOptions): Handler {
  const { service, enabled, gate, onUnexpected, onRequest, limits = NO_LIMITS } = options;
  const plain = plainRoutes(service, enabled);
  const rpc = createRpc({ ...options, limits });

  /** Resolves with undefined if the RPC has written its response itself. */
  async function answer(request: Request, response: Response, target: Target): Promise<Answer | undefined> {
    const malformed = headError(request);
    if (malformed) return malformed;
    const { path, query } = target;
    const method = request.method ?? "";
    const route = plain.get(path);
    const methods = route ? PLAIN_METHODS : asksServer(request, path) ? ALL_METHODS : rpc.methodsOf(path);
    const isRpc = !route && methods?.includes(method);
    // The RPC reads its own body, except one that announces that it is too long. Nothing else would read that.
    if (isRpc && !announcesLongBody(request)) {
      const refused = await rpc.handle(path, query, request, response);
      if (!refused) return undefined;
      return (await hasShortBody(request)) ? refused : bodyTooLong(request);
    }
    if (!(await hasShortBody(request))) return bodyTooLong(request);
    if (!methods) return notFound(path, plain.keys(), rpc.paths());
    if (method === "OPTIONS")
      return { status: 204, body: "", headers: { allow: [...methods, "OPTIONS"].join(", ") } };
    if (!route || !methods.includes(method)) return methodNotAllowed(methods);
    const refused = route.parameters && unknownParameters(query, route.parameters);
    return refused ?? route.answer(query, request.headers.accept);
  }

  async function send(request: Request, response: Response, ready: Answer): Promise<void> {
    if (response.headersSent || !(await limits.turnToAnswer(request))) return;
    await write(request, response, ready).finally(() => limits.markAnswered(request));
  }

  return (request, response) => {
    const target = targetOf(request);
    const { path } = target;
    const trace = traceOf(request);
    const refused = gate?.(request, response, path);
    if (!refused) onRequest?.({ method: request.method ?? "", path, trace });
    const answered = refused ? Promise.resolve(refused) : answer(request, response, target);
    answered
      .catch((error: unknown) => {
        onUnexpected(path, error, trace);
        return errorAnswer(Code.Internal, "unexpected error in orch-metrics: see its log");
      })
      .then((ready) => ready && send(request, response, ready))
      .catch((error: unknown) => onUnexpected(path, error, trace));
  };
}

interface Target {
  readonly path: string;
  readonly query: URLSearchParams;
}

function targetOf({ url }: Request): Target {
  const { target } = splitTarget(url);
  const [path = ""] = target.split("?", 1);
  return { path, query: new URLSearchParams(target.slice(path.length)) };
}

/**
 * www.w3.org/TR/trace-context, "traceparent". An ID of only zeros is invalid, and so is version ff. Later versions
 * may have more fields; version 00 may not.
 */
const TRACEPARENT =
  /^(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(?:(?<!^00.{53})-.*)?$/s;

/** Returns the trace ID of a request, for the log. */
export function traceOf({ headers }: Pick<Request, "headers">): string | undefined {
  const { traceparent } = headers;
  return typeof traceparent === "string" ? TRACEPARENT.exec(traceparent)?.[1] : undefined;
}
