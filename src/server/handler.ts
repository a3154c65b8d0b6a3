/**
 * One request handler for HTTP/1.1 and HTTP/2: sends each request to its RPC or to its plain route, and answers in
 * one shape what is neither, or is asked for in a way that it does not have.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Http2ServerRequest, Http2ServerResponse } from "node:http2";
import { Code, ConnectError } from "@connectrpc/connect";
import type { MetricsService } from "../metrics/service.ts";
import type { Gate } from "./access/gate.ts";
import { type Answer, errorAnswer, type OnSending, type Request, type Response, write } from "./answer.ts";
import { plainRoutes } from "./plain-routes.ts";
import { unknownParameters } from "./query-parameters.ts";
import { methodNotAllowed, notFound, tooLong } from "./refusals.ts";
import { announcesLongBody, hasShortBody } from "./request-body.ts";
import { headFault } from "./request-head.ts";
import { createRpcHandler } from "./rpc-handler.ts";
import { traceOf } from "./trace.ts";

const PLAIN_METHODS = ["GET", "HEAD"];

export interface HandlerOptions {
  readonly service: MetricsService;
  /** False: the metrics endpoints answer `unimplemented`; all others are as before. */
  readonly enabled: boolean;
  /** Who may read; undefined: everybody who reaches it. */
  readonly gate?: Gate | undefined;
  /** Hears of a bug in answering, with the request's trace where it has one; the client is told `internal` alone. */
  readonly onUnexpected: (where: string, error: unknown, trace?: string) => void;
  /** Sees each request that is not refused, for a log. */
  readonly onRequest?: (request: SeenRequest) => void;
  /** Hears of each piece of an answer, before it is written. */
  readonly onSending?: OnSending;
  /** Hears which answer is that of a call that streams, and so lasts. */
  readonly onOpenCall?: (response: Response) => void;
  /** Ends the calls that stream. */
  readonly shutdownSignal?: AbortSignal;
  /** How often calls that watch health look for a change; default 1. */
  readonly lookSeconds?: number;
}

export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  /** The trace id of the request's `traceparent`. */
  readonly trace: string | undefined;
}

export type Handler = (
  request: IncomingMessage | Http2ServerRequest,
  response: ServerResponse | Http2ServerResponse,
) => void;

export function createHandler(options: HandlerOptions): Handler {
  const {
    service,
    enabled,
    gate,
    onUnexpected,
    onRequest,
    onSending = () => {},
    onOpenCall = () => {},
    shutdownSignal,
    lookSeconds,
  } = options;
  const plain = plainRoutes(service, enabled);
  const rpc = createRpcHandler({ service, enabled, onSending, onOpenCall, shutdownSignal, lookSeconds });

  /** Undefined: the RPC has written its answer itself. */
  async function answer(request: Request, response: Response, target: Target): Promise<Answer | undefined> {
    const fault = headFault(request);
    if (fault) return fault;
    const { path, query } = target;
    const method = request.method ?? "";
    const route = plain.get(path);
    const methods = route ? PLAIN_METHODS : rpc.methodsOf(path);
    const isRpc = !route && methods?.includes(method);
    // The RPC reads its body itself, unless it is told that it need not: then nobody would.
    if (isRpc && !announcesLongBody(request)) {
      const refused = await rpc.handle(path, query, request, response);
      if (!refused) return undefined;
      return (await hasShortBody(request)) ? refused : tooLong(request);
    }
    if (!(await hasShortBody(request))) return tooLong(request);
    if (!methods) return notFound(path, plain.keys(), rpc.paths());
    if (method === "OPTIONS")
      return { status: 204, body: "", headers: { allow: [...methods, "OPTIONS"].join(", ") } };
    if (!route || !methods.includes(method)) return methodNotAllowed(methods);
    const refused = route.parameters && unknownParameters(query, route.parameters);
    return refused ?? route.answer(query, request.headers.accept);
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
        // The client of an RPC went away.
        if (ConnectError.from(error).code === Code.Aborted) return undefined;
        onUnexpected(path, error, trace);
        return errorAnswer(Code.Internal, "an unexpected error in orch-metrics; its log has the details");
      })
      .then((ready) =>
        ready && !response.headersSent ? write(request, response, ready, onSending) : undefined,
      )
      .catch((error: unknown) => onUnexpected(path, error, trace));
  };
}

interface Target {
  readonly path: string;
  readonly query: URLSearchParams;
}

/** A proxy may send the whole URL: RFC 9112, section 3.2.2. */
function targetOf(request: Request): Target {
  const target = (request.url ?? "").replace(/^https?:\/\/[^/?]*/i, "");
  const [path = ""] = target.split("?", 1);
  return { path, query: new URLSearchParams(target.slice(path.length)) };
}
