/** The RPC: gRPC, gRPC-web and Connect over the same service as the plain routes. */
import { Code, ConnectError, type ConnectRouter, createContextKey } from "@connectrpc/connect";
import { MetricsService as MetricsServiceDescriptor } from "../../gen/orchestrator/metrics/v1/metrics_pb.js";
import { type MetricsService, UnknownSectionError } from "../metrics/service.ts";

export const SWITCHED_OFF =
  "metrics are switched off by ORCH_METRICS_ENABLED; the orchestrator's other answers are not touched";

/** Waits until there is memory for the answer; false if the client is gone. An orchestrator's own router sets none. */
export const TURN_TO_ANSWER = createContextKey<() => Promise<boolean>>(async () => true);

/** Registers MetricsService. With `enabled` false it answers `unimplemented` and collects nothing. */
export function rpcRoutes(service: MetricsService, enabled: boolean): (router: ConnectRouter) => void {
  return (router) => {
    router.service(MetricsServiceDescriptor, {
      async getMetrics(request, { signal, values }) {
        if (!enabled) throw new ConnectError(SWITCHED_OFF, Code.Unimplemented);
        const collect = async () => {
          const envelope = await service.metrics(request.readMask?.paths ?? []);
          if (await values.get(TURN_TO_ANSWER)()) return envelope;
          throw new ConnectError("the client is gone", Code.Aborted);
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
 * Rejects with what the client is told when its deadline has passed or it cancelled. The collection goes on: others may
 * share it. The listener is removed, since the signal is raised for each call, once its answer is out.
 */
async function unlessGivenUp<T>(answer: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise: givenUp, reject } = Promise.withResolvers<never>();
  const giveUp = () => reject(ConnectError.from(signal.reason));
  if (signal.aborted) giveUp();
  signal.addEventListener("abort", giveUp);
  try {
    return await Promise.race([answer, givenUp]);
  } finally {
    signal.removeEventListener("abort", giveUp);
  }
}
