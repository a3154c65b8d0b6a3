/** Every RPC over HTTP: which paths they have, and the adapter that answers them in all three protocols. */
import type { DescService } from "@bufbuild/protobuf";
import { MethodOptions_IdempotencyLevel as Idempotency } from "@bufbuild/protobuf/wkt";
import type { ConnectRouter } from "@connectrpc/connect";
import { connectNodeAdapter } from "@connectrpc/connect-node";
import { Health } from "../../gen/grpc/health/v1/health_pb.js";
import { MetricsService as MetricsServiceDescriptor } from "../../gen/orchestrator/metrics/v1/metrics_pb.js";
import { healthRoutes } from "../health/health.ts";
import type { MetricsService } from "../metrics/service.ts";
import { reflectedServices, reflectionRoutes } from "../reflection/reflection.ts";
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

const SERVICES: readonly DescService[] = [MetricsServiceDescriptor, Health];

export interface RpcHandler {
  readonly handle: ReturnType<typeof connectNodeAdapter>;
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
  const all = [rpcRoutes(service, enabled), healthRoutes(checks), reflectionRoutes(SERVICES)];
  const routes = (router: ConnectRouter) => {
    for (const register of all) register(router);
  };
  const methods = new Map(reflectedServices(SERVICES).flatMap(methodsByPath));
  return {
    handle: connectNodeAdapter({
      routes,
      jsonOptions: JSON_OPTIONS,
      readMaxBytes: maxRequestBytes,
      ...(shutdownSignal && { shutdownSignal }),
    }),
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
