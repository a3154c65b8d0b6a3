/** Every RPC over HTTP: which paths they have, and the adapter that answers them in all three protocols. */
import type { DescMethod, DescService } from "@bufbuild/protobuf";
import { MethodOptions_IdempotencyLevel as Idempotency } from "@bufbuild/protobuf/wkt";
import { createConnectRouter } from "@connectrpc/connect";
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
import { ALWAYS, type Answer, type OnSending, type Response } from "./answer.ts";
import { dropFarDeadline } from "./far-deadline.ts";
import { withReadableMessage } from "./grpc-message.ts";
import { JSON_OPTIONS } from "./json.ts";
import { LIMITS } from "./limits.ts";
import { createOpenCallGate, openCallValues } from "./open-calls.ts";
import { unknownParameters } from "./query-parameters.ts";
import { quickBrotli } from "./quick-brotli.ts";
import { badAuthority, needsHttp2, notUnicode, unsupportedEncoding, unsupportedType } from "./refusals.ts";
import { rpcRoutes } from "./rpc-routes.ts";
import { badBase64, forRequests, noteUnreadable, unreadableMessage } from "./unreadable-messages.ts";

export interface RpcOptions {
  readonly service: MetricsService;
  readonly enabled: boolean;
  readonly onSending: OnSending;
  readonly onOpenCall: (response: Response) => void;
  /** Ends the calls that stream. */
  readonly shutdownSignal: AbortSignal | undefined;
  readonly lookSeconds: number | undefined;
}

type NodeRequest = Parameters<typeof universalRequestFromNodeRequest>[0];
type NodeResponse = Parameters<typeof universalResponseToNodeResponse>[1];

const SERVICES: readonly DescService[] = [MetricsServiceDescriptor, Health];

/** Those of Connect's GET: connectrpc.com/docs/protocol, "Unary-Get-Request". */
const GET_PARAMETERS = ["encoding", "message", "base64", "compression", "connect"];

export interface RpcHandler {
  /**
   * Answers a path that `methodsOf` knows, or resolves with why it does not. Rejects with `aborted` when the client went
   * away.
   */
  handle(
    path: string,
    query: URLSearchParams,
    request: NodeRequest,
    response: NodeResponse,
  ): Promise<Answer | undefined>;
  /** The HTTP methods that a path answers; undefined where no RPC has it. */
  methodsOf(path: string): readonly string[] | undefined;
  paths(): Iterable<string>;
}

export function createRpcHandler({
  service,
  enabled,
  onSending,
  onOpenCall,
  shutdownSignal,
  lookSeconds,
}: RpcOptions): RpcHandler {
  const isReady = async () => (await service.notReady()) === undefined;
  const checks = new Map([
    ["", isReady],
    [MetricsServiceDescriptor.typeName, async () => enabled && (await isReady())],
  ]);
  const gate = createOpenCallGate();
  const router = createConnectRouter({
    jsonOptions: JSON_OPTIONS,
    readMaxBytes: LIMITS.bodyBytes,
    acceptCompression: [compressionGzip, quickBrotli].map(forRequests),
    requestGate(context) {
      noteUnreadable(context);
      gate(context);
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
    async handle(path, query, request, response) {
      const handler = handlers.get(path);
      if (!handler) throw new Error(`no RPC has the path ${path}`);
      const isGet = request.method === "GET";
      const refused = isGet ? (unknownParameters(query, GET_PARAMETERS) ?? badBase64(query)) : undefined;
      if (refused) return refused;
      if (!hasAuthority(request)) return badAuthority();
      for (const [name, value] of Object.entries(ALWAYS)) response.setHeader(name, value);
      const values = openCallValues(request, () => onOpenCall(response as Response));
      const universal = universalRequestFromNodeRequest(request, response, undefined, values);
      dropFarDeadline(universal.header);
      const answer = await handler(universal).catch(undefinedForHalfCharacters);
      if (!answer) return notUnicode();
      const unreadable = unreadableMessage(values);
      if (unreadable) return unreadable;
      if (answer.status === 415)
        return isGet
          ? unsupportedEncoding(query.get("encoding"))
          : unsupportedType(contentTypes(handler.method.methodKind), request.headers["content-type"]);
      if (answer.status === 505) return needsHttp2();
      const { body } = answer;
      const told = body ? { ...answer, body: telling(body, response as Response, onSending) } : answer;
      await universalResponseToNodeResponse(withReadableMessage(told), response);
      return undefined;
    },
    methodsOf: (path) => methods.get(path),
    paths: () => methods.keys(),
  };
}

async function* telling(body: AsyncIterable<Uint8Array>, response: Response, onSending: OnSending) {
  for await (const piece of body) {
    onSending(response, piece.length);
    yield piece;
  }
}

/** The library repeats what it cannot read in a header, which takes no half of a surrogate pair. */
function undefinedForHalfCharacters(error: unknown): undefined {
  if (!(error instanceof URIError)) throw error;
}

/** The library makes a URL of it. */
function hasAuthority(request: NodeRequest): boolean {
  const authority = "authority" in request ? request.authority : request.headers.host;
  return authority !== undefined && URL.canParse(`http://${authority}`);
}

/** Of all three protocols; Connect has others for streams. */
function contentTypes(kind: DescMethod["methodKind"]): readonly string[] {
  const connect = kind === "unary" ? "application/" : "application/connect+";
  return [`${connect}json`, `${connect}proto`, "application/grpc", "application/grpc-web"];
}

/** Connect's GET is for methods without side effects: connectrpc.com/docs/protocol, "Unary-Get-Request". */
function methodsByPath({ typeName, methods }: DescService): [string, readonly string[]][] {
  return methods.map(({ name, idempotency, methodKind }) => {
    const hasGet = methodKind === "unary" && idempotency === Idempotency.NO_SIDE_EFFECTS;
    return [`/${typeName}/${name}`, hasGet ? ["GET", "POST"] : ["POST"]];
  });
}
