/**
 * One request handler for HTTP/1.1 and HTTP/2: sends each request to the RPC or to its plain route, and
 * answers 404 and 405 for what is neither.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Http2ServerRequest, Http2ServerResponse } from "node:http2";
import { Code } from "@connectrpc/connect";
import { connectNodeAdapter } from "@connectrpc/connect-node";
import { MetricsService as MetricsServiceDescriptor } from "../../gen/orchestrator/metrics/v1/metrics_pb.js";
import type { MetricsService } from "../metrics/service.ts";
import { type Answer, errorAnswer, type Request, type Response, write } from "./answer.ts";
import { JSON_OPTIONS } from "./json.ts";
import { plainRoutes } from "./plain-routes.ts";
import { rpcRoutes } from "./rpc-routes.ts";

/** GetMetrics takes a mask of four names: more than this is no request of ours. */
const MAX_REQUEST_BYTES = 64 * 1024;

const RPC_PATH = `/${MetricsServiceDescriptor.typeName}/${MetricsServiceDescriptor.method.getMetrics.name}`;
const RPC_METHODS = ["GET", "POST"];
const PLAIN_METHODS = ["GET", "HEAD"];

export interface HandlerOptions {
  readonly service: MetricsService;
  /** False: the metrics endpoints answer `unimplemented`; all others are as before. */
  readonly enabled: boolean;
  /** Hears of a bug in answering; the client is told `internal` alone. */
  readonly onUnexpected: (where: string, error: unknown) => void;
}

export type Handler = (
  request: IncomingMessage | Http2ServerRequest,
  response: ServerResponse | Http2ServerResponse,
) => void;

export function createHandler({ service, enabled, onUnexpected }: HandlerOptions): Handler {
  const plain = plainRoutes(service, enabled);
  const rpc = connectNodeAdapter({
    routes: rpcRoutes(service, enabled),
    jsonOptions: JSON_OPTIONS,
    readMaxBytes: MAX_REQUEST_BYTES,
  });

  async function answer(request: Request, path: string, query: string): Promise<Answer> {
    const route = plain.get(path);
    if (!route)
      return errorAnswer(Code.NotFound, `there is nothing here; see ${[...plain.keys()].join(", ")}`);
    if (!PLAIN_METHODS.includes(request.method ?? "")) return methodNotAllowed(PLAIN_METHODS);
    try {
      return await route(new URLSearchParams(query));
    } catch (error) {
      onUnexpected(path, error);
      return errorAnswer(Code.Internal, "an unexpected error in orch-metrics; its log has the details");
    }
  }

  return (request, response) => {
    const [path = "", query = ""] = (request.url ?? "").split("?", 2);
    if (path === RPC_PATH && RPC_METHODS.includes(request.method ?? "")) {
      response.setHeader("cache-control", "no-store");
      rpc(request as IncomingMessage, response as ServerResponse);
      return;
    }
    const answered = path === RPC_PATH ? methodNotAllowed(RPC_METHODS) : answer(request, path, query);
    Promise.resolve(answered)
      .then((ready) => write(request, response as Response, ready))
      .catch((error: unknown) => onUnexpected(path, error));
  };
}

function methodNotAllowed(methods: readonly string[]): Answer {
  const allow = methods.join(", ");
  return errorAnswer(Code.Unimplemented, `this path answers ${allow}`, { status: 405, headers: { allow } });
}
