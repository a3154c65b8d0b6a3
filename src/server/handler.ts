/**
 * One request handler for HTTP/1.1 and HTTP/2: sends each request to its RPC or to its plain route, and answers in
 * one shape what is neither, or is asked for in a way that it does not have.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Http2ServerRequest, Http2ServerResponse } from "node:http2";
import { Code, ConnectError } from "@connectrpc/connect";
import type { MetricsService } from "../metrics/service.ts";
import { type Answer, errorAnswer, type Request, type Response, write } from "./answer.ts";
import type { PlainRoute } from "./plain-route.ts";
import { plainRoutes } from "./plain-routes.ts";
import { createRpcHandler } from "./rpc-handler.ts";
import { similarPath } from "./similar-path.ts";
import { traceOf } from "./trace.ts";

/** GetMetrics takes a mask of four names: more than this is no request of ours. */
const MAX_REQUEST_BYTES = 64 * 1024;

const PLAIN_METHODS = ["GET", "HEAD"];

export interface HandlerOptions {
  readonly service: MetricsService;
  /** False: the metrics endpoints answer `unimplemented`; all others are as before. */
  readonly enabled: boolean;
  /** Hears of a bug in answering, with the request's trace where it has one; the client is told `internal` alone. */
  readonly onUnexpected: (where: string, error: unknown, trace?: string) => void;
  /** Sees each request that is not refused, for a log. */
  readonly onRequest?: (request: SeenRequest) => void;
  /** Ends the calls that stream. */
  readonly shutdownSignal?: AbortSignal;
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
  const { service, enabled, onUnexpected, onRequest, shutdownSignal } = options;
  const plain = plainRoutes(service, enabled);
  const rpc = createRpcHandler({ service, enabled, maxRequestBytes: MAX_REQUEST_BYTES, shutdownSignal });

  async function answer(request: Request, path: string, query: string): Promise<Answer> {
    const route = plain.get(path);
    const methods = route ? PLAIN_METHODS : rpc.methodsOf(path);
    if (!methods) return notFound(path, [...plain.keys()]);
    if (request.method === "OPTIONS")
      return { status: 204, body: "", headers: { allow: [...methods, "OPTIONS"].join(", ") } };
    if (!route || !methods.includes(request.method ?? "")) return methodNotAllowed(methods);
    if (hasLongBody(request)) return tooLong();
    const parameters = new URLSearchParams(query);
    return unknownParameter(route, parameters) ?? route.answer(parameters, request.headers.accept);
  }

  return (request, response) => {
    const [path = "", query = ""] = (request.url ?? "").split("?", 2);
    const trace = traceOf(request);
    onRequest?.({ method: request.method ?? "", path, trace });
    if (rpc.methodsOf(path)?.includes(request.method ?? "")) {
      response.setHeader("cache-control", "no-store");
      rpc.handle(path, request, response).catch((error: unknown) => {
        if (ConnectError.from(error).code !== Code.Aborted) onUnexpected(path, error, trace);
      });
      return;
    }
    answer(request, path, query)
      .catch((error: unknown) => {
        onUnexpected(path, error, trace);
        return errorAnswer(Code.Internal, "an unexpected error in orch-metrics; its log has the details");
      })
      .then((ready) => write(request, response as Response, ready))
      .catch((error: unknown) => onUnexpected(path, error, trace));
  };
}

function notFound(path: string, paths: readonly string[]): Answer {
  const similar = similarPath(path, paths);
  const hint = similar === undefined ? `see ${paths.join(", ")}` : `it is ${similar}`;
  return errorAnswer(Code.NotFound, `there is nothing here; ${hint}`);
}

function methodNotAllowed(methods: readonly string[]): Answer {
  const allow = methods.join(", ");
  return errorAnswer(Code.Unimplemented, `this path answers ${allow}`, { status: 405, headers: { allow } });
}

/** A GET has no use for a body; a short one is ignored, as HTTP has it. */
function hasLongBody(request: Request): boolean {
  return Number(request.headers["content-length"] ?? 0) > MAX_REQUEST_BYTES;
}

function tooLong(): Answer {
  const message = `the request's body is longer than ${MAX_REQUEST_BYTES} bytes`;
  return errorAnswer(Code.ResourceExhausted, message, { status: 413, headers: { connection: "close" } });
}

/** A misspelt parameter must not silently mean "everything". */
function unknownParameter({ parameters }: PlainRoute, given: URLSearchParams): Answer | undefined {
  if (!parameters) return undefined;
  const unknown = [...given.keys()].find((name) => !parameters.includes(name));
  if (unknown === undefined) return undefined;
  const named = JSON.stringify(unknown.slice(0, 40));
  const message = `the query parameter ${named} is not known: it takes ${parameters.join(", ")}`;
  return errorAnswer(Code.InvalidArgument, message);
}
