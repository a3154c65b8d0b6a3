/** The RPC: gRPC, gRPC-web and Connect over the same service as the HTTP routes. */
import { Code, ConnectError, type ConnectRouter, createContextKey } from "@connectrpc/connect";
import { MetricsService as MetricsServiceDescriptor } from "../../gen/orchestrator/metrics/v1/metrics_pb.js";
import { type MetricsService, UnknownSectionError } from "../metrics/service.ts";

export const SWITCHED_OFF =
  "metrics are disabled by ORCH_METRICS_ENABLED; the other endpoints are not affected";

/** Waits until there is memory for the response. False if the client is gone. An orchestrator's own router does not set it. */
export const TURN_TO_ANSWER = createContextKey<() => Promise<boolean>>(async () => true);

/** Registers MetricsService. If `enabled` is false, it returns `unimplemented` and collects nothing. */
export function rpcRoutes(service: MetricsService, enabled: boolean): (router: ConnectRouter) => void {
  return (router) => {
    router.service(MetricsServiceDescriptor, {
      async getMetrics(request, { signal, values }) {
        if (!enabled) throw new ConnectError(SWITCHED_OFF, Code.Unimplemented);
        const collect = async () => {
          const envelope = await service.metrics(request.readMask?.paths ?? []);
          if (await values.get(TURN_TO_ANSWER)()) return envelope;
          throw new ConnectError("the client disconnected", Code.Aborted);
        };
        try {
          return await unlessGivenUp(collect(), signal);
        } catch (error) {
          if (error instanceof UnknownSectionError)
            throw new ConnectError(error.message, Code.InvalidArgument);
          throw error;
        }
      },
    });
  };
}

/**
 * Rejects with the client's error once its deadline passes or it cancels. The collection continues, since other calls
 * may share it.
 */
function unlessGivenUp<T>(answer: Promise<T>, signal: AbortSignal): Promise<T> {
  const givenUp = new Promise<never>((_, reject) => {
    const giveUp = () => reject(ConnectError.from(signal.reason));
    if (signal.aborted) giveUp();
    signal.addEventListener("abort", giveUp);
  });
  return Promise.race([answer, givenUp]);
}
