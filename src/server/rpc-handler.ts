/** Every RPC over HTTP: which paths they have, and the adapter that answers them in all three protocols. */
import type { DescService } from "@bufbuild/protobuf";
import { MethodOptions_IdempotencyLevel as Idempotency } from "@bufbuild/protobuf/wkt";
import { createConnectRouter } from "@connectrpc/connect";
import {
  compressionBrotli,
  compressionGzip,
  universalRequestFromNodeRequest,
  universalResponseToNodeResponse,
} from "@connectrpc/connect-node";
import { Health } from "../../gen/grpc/health/v1/health_pb.js";
import { MetricsService as MetricsServiceDescriptor } from "../../gen/orchestrator/metrics/v1/metrics_pb.js";
import { healthRoutes } from "../health/health.ts";
import type { MetricsService } from "../metrics/service.ts";
import { reflectedServices, reflectionRoutes } from "../reflection/reflection.ts";
import { withReadableMessage } from "./grpc-message.ts";
import { JSON_OPTIONS } from "./json.ts";
import { rpcRoutes } from "./rpc-routes.ts";

export interface RpcOptions {
  readonly service: MetricsService;
  readonly enabled: boolean;
  /** A longer request is refused. */
  readonly maxRequestBytes: number;
  /** Ends the calls that stream. */
  readonly shutdownSignal: AbortSignal | undefined;
}

type NodeRequest = Parameters<typeof universalRequestFromNodeRequest>[0];
type NodeResponse = Parameters<typeof universalResponseToNodeResponse>[1];

const SERVICES: readonly DescService[] = [MetricsServiceDescriptor, Health];

export interface RpcHandler {
  /** Answers a path that `methodsOf` knows. Rejects when the client went away. */
  handle(path: string, request: NodeRequest, response: NodeResponse): Promise<void>;
  /** The HTTP methods that a path answers; undefined where no RPC has it. */
  methodsOf(path: string): readonly string[] | undefined;
}

export function createRpcHandler({
  service,
  enabled,
  maxRequestBytes,
  shutdownSignal,
}: RpcOptions): RpcHandler {
  const isReady = async () => (await service.notReady()) === undefined;
  const checks = new Map([
    ["", isReady],
    [MetricsServiceDescriptor.typeName, async () => enabled && (await isReady())],
  ]);
  const router = createConnectRouter({
    jsonOptions: JSON_OPTIONS,
    readMaxBytes: maxRequestBytes,
    acceptCompression: [compressionGzip, compressionBrotli],
    ...(shutdownSignal && { shutdownSignal }),
  });
  for (const register of [rpcRoutes(service, enabled), healthRoutes(checks), reflectionRoutes(SERVICES)])
    register(router);
  const handlers = new Map(router.handlers.map((handler) => [handler.requestPath, handler]));
  const methods = new Map(reflectedServices(SERVICES).flatMap(methodsByPath));
  return {
    async handle(path, request, response) {
      const answer = await handlers.get(path)?.(
        universalRequestFromNodeRequest(request, response, undefined, undefined),
      );
      if (answer) await universalResponseToNodeResponse(withReadableMessage(answer), response);
    },
    methodsOf: (path) => methods.get(path),
  };
}

/** Connect's GET is for methods without side effects: connectrpc.com/docs/protocol, "Unary-Get-Request". */
function methodsByPath({ typeName, methods }: DescService): [string, readonly string[]][] {
  return methods.map(({ name, idempotency, methodKind }) => {
    const hasGet = methodKind === "unary" && idempotency === Idempotency.NO_SIDE_EFFECTS;
    return [`/${typeName}/${name}`, hasGet ? ["GET", "POST"] : ["POST"]];
  });
}
