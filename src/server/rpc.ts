/**
 * Serves every RPC over HTTP in all three protocols. It does not use `connectNodeAdapter`, which prints an error with
 * its stack trace to standard error when a client disconnects.
 */
import type { DescMethod, DescService } from "@bufbuild/protobuf";
import { MethodOptions_IdempotencyLevel as Idempotency } from "@bufbuild/protobuf/wkt";
import {
  Code,
  ConnectError,
  createConnectRouter,
  createContextKey,
  createContextValues,
} from "@connectrpc/connect";
import {
  compressionGzip,
  universalRequestFromNodeRequest,
  universalResponseToNodeResponse,
} from "@connectrpc/connect-node";
import { Health } from "../../gen/grpc/health/v1/health_pb.js";
import { MetricsService as MetricsServiceDescriptor } from "../../gen/orchestrator/metrics/v1/metrics_pb.js";
import { healthRoutes } from "../health/health.ts";
import type { MetricsService } from "../metrics/service.ts";
import { reflectedServices, reflectionRoutes } from "../reflection/reflection.ts";
import { ALWAYS, type Answer, type Response } from "./answer.ts";
import type { RequestLimits } from "./connections.ts";
import {
  badAuthority,
  bodyTooLong,
  hasAuthority,
  needsHttp2,
  unsupportedEncoding,
  unsupportedType,
} from "./error-responses.ts";
import { JSON_OPTIONS } from "./json.ts";
import { LIMITS } from "./limits.ts";
import { badBase64, correctErrors } from "./rpc-errors.ts";
import { rpcRoutes, TURN_TO_ANSWER } from "./rpc-routes.ts";

export interface RpcOptions {
  readonly service: MetricsService;
  /** False: the metrics endpoints return `unimplemented`. The others are unchanged. */
  readonly enabled: boolean;
  readonly limits: RequestLimits;
  /** Ends streaming calls. */
  readonly shutdownSignal?: AbortSignal;
  /** How often `Watch` calls check for a change, in seconds. Default: 1. */
  readonly lookSeconds?: number;
}

type NodeRequest = Parameters<typeof universalRequestFromNodeRequest>[0];
type NodeResponse = Parameters<typeof universalResponseToNodeResponse>[1];

/** Called before a streaming call is read. Returns why it is refused, if it is. */
const START_STREAMING = createContextKey<() => string | undefined>(() => undefined);

const SERVICES: readonly DescService[] = [MetricsServiceDescriptor, Health];

export function createRpc({ service, enabled, limits, shutdownSignal, lookSeconds }: RpcOptions) {
  const isReady = async () => (await service.notReady()) === undefined;
  const checks = new Map([
    ["", isReady],
    [MetricsServiceDescriptor.typeName, async () => enabled && (await isReady())],
  ]);
  const router = createConnectRouter({
    jsonOptions: JSON_OPTIONS,
    readMaxBytes: LIMITS.bodyBytes,
    acceptCompression: [compressionGzip],
    requestGate(context) {
      correctErrors(context);
      if (context.method.methodKind === "unary") return;
      const refusal = context.values.get(START_STREAMING)();
      if (refusal)
        throw new ConnectError(`${refusal}, which is the limit: end one first`, Code.ResourceExhausted);
    },
    ...(shutdownSignal && { shutdownSignal }),
  });
  for (const register of [
    rpcRoutes(service, enabled),
    healthRoutes(checks, lookSeconds),
    reflectionRoutes(SERVICES),
  ])
    register(router);
  const handlers = new Map(router.handlers.map((handler) => [handler.requestPath, handler]));
  const methods = new Map(reflectedServices(SERVICES).flatMap(methodsByPath));
  return {
    /** Handles a path that `methodsOf` knows. Resolves with an error response if the RPC does not respond itself. */
    async handle(
      path: string,
      query: URLSearchParams,
      request: NodeRequest,
      response: NodeResponse,
    ): Promise<Answer | undefined> {
      const handler = handlers.get(path);
      if (!handler) throw new Error(`no RPC has the path ${path}`);
      const isGet = request.method === "GET";
      const refused = isGet ? badBase64(query) : undefined;
      if (refused) return refused;
      if (!hasAuthority(request)) return badAuthority();
      for (const [name, value] of Object.entries(ALWAYS)) response.setHeader(name, value);
      const values = createContextValues()
        .set(START_STREAMING, () => limits.startStreaming(request))
        .set(TURN_TO_ANSWER, () => limits.turnToAnswer(request));
      const universal = universalRequestFromNodeRequest(request, response, undefined, values);
      dropDistantDeadline(universal.header);
      const written = () => limits.markAnswered(request);
      const answer = await handler(universal);
      if (answer.status === 415)
        return isGet
          ? unsupportedEncoding(query.get("encoding"))
          : unsupportedType(contentTypes(handler.method.methodKind), request.headers["content-type"]);
      if (answer.status === 505) return needsHttp2();
      // The library would reset the HTTP/2 stream after its response, which a client that is still sending may then
      // miss.
      if (answer.status === 429 && !isGet && handler.method.methodKind === "unary")
        return bodyTooLong(request);
      const body =
        answer.body && handler.method.methodKind === "unary" ? whole(answer.body, written) : answer.body;
      try {
        await universalResponseToNodeResponse({ ...answer, ...(body && { body }) }, response);
      } catch (error) {
        if (!isGone(error, response as Response)) throw error;
      }
      return undefined;
    },
    /** Returns the HTTP methods of a path, or undefined if no RPC has it. */
    methodsOf: (path: string) => methods.get(path),
    paths: () => methods.keys(),
  };
}

/**
 * Reads a response to its end before it is written, since the library would keep a piece that waits for the client in
 * memory twice. Calls back once it has been written, even if the client does not read it.
 */
async function* whole(body: AsyncIterable<Uint8Array>, written: () => void) {
  const pieces: Uint8Array[] = [];
  for await (const piece of body) pieces.push(piece);
  setImmediate(written);
  yield* pieces;
}

function isGone(error: unknown, response: Response): boolean {
  const { destroyed } = "stream" in response ? response.stream : response;
  return destroyed || ConnectError.from(error).code === Code.Aborted;
}

/**
 * A deadline of many days, which counts as none. The library passes it to setTimeout, which takes at most 2^31 - 1 milliseconds
 * (24 days) and fires at once for more. Units: github.com/grpc/grpc, doc/PROTOCOL-HTTP2.md, "TimeoutUnit".
 */
const DISTANT = /^[1-9](?:\d{9}|\d{2,7}H|\d{4,7}M|\d{6,7}S)$/;

function dropDistantDeadline(headers: Headers): void {
  for (const name of ["connect-timeout-ms", "grpc-timeout"])
    if (DISTANT.test(headers.get(name) ?? "")) headers.delete(name);
}

/** Returns the content types of all three protocols. Connect uses different ones for streams. */
function contentTypes(kind: DescMethod["methodKind"]): readonly string[] {
  const connect = kind === "unary" ? "application/" : "application/connect+";
  return [`${connect}json`, `${connect}proto`, "application/grpc", "application/grpc-web"];
}

/** Connect allows GET for methods without side effects: connectrpc.com/docs/protocol, "Unary-Get-Request". */
function methodsByPath({ typeName, methods }: DescService): [string, readonly string[]][] {
  return methods.map(({ name, idempotency, methodKind }) => {
    const hasGet = methodKind === "unary" && idempotency === Idempotency.NO_SIDE_EFFECTS;
    return [`/${typeName}/${name}`, hasGet ? ["GET", "POST"] : ["POST"]];
  });
}
