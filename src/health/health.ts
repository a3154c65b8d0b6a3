/**
 * gRPC's health service for a Connect router: the state of the whole service, and of each service by name. Protocol:
 * github.com/grpc/grpc/blob/master/doc/health-checking.md.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { Code, ConnectError, type ConnectRouter } from "@connectrpc/connect";
import { Health, HealthCheckResponse_ServingStatus as Status } from "../../gen/grpc/health/v1/health_pb.js";

/** Checks whether each named service can serve; the empty name is the whole. The checks never reject. */
export type ServingChecks = ReadonlyMap<string, () => Promise<boolean>>;

/** Registers the service. `Watch` reports a change within `lookSeconds`. */
export function healthRoutes(checks: ServingChecks, lookSeconds = 1): (router: ConnectRouter) => void {
  const statusOf = async (name: string): Promise<Status> => {
    const check = checks.get(name);
    if (!check) return Status.SERVICE_UNKNOWN;
    return (await check()) ? Status.SERVING : Status.NOT_SERVING;
  };
  const looks = new Map<string, Promise<Status>>();
  const later = async (name: string) => {
    await sleep(lookSeconds * 1_000, undefined, { ref: false });
    return statusOf(name).finally(() => looks.delete(name));
  };
  /** Shares each check between all watchers, so that a hundred cost as much as one. */
  const nextStatusOf = (name: string) => {
    const next = looks.get(name) ?? later(name);
    looks.set(name, next);
    return next;
  };
  return (router) => {
    router.service(Health, {
      async check({ service }) {
        if (!checks.has(service)) {
          const names = [...checks.keys()].filter((name) => name !== "").join(", ");
          throw new ConnectError(
            `unknown service "${service}": use ${names}, or "" for the whole`,
            Code.NotFound,
          );
        }
        return { status: await statusOf(service) };
      },
      /** Reports the status at once, and again at each change, until the client leaves or the server stops. */
      async *watch({ service }, { signal }) {
        let reported: Status | undefined;
        let status = await statusOf(service);
        while (!signal.aborted) {
          if (status !== reported) yield { status };
          reported = status;
          status = await nextStatusOf(service);
        }
      },
      async list() {
        const names = [...checks.keys()];
        const statuses = await Promise.all(
          names.map(async (name) => [name, { status: await statusOf(name) }]),
        );
        return { statuses: Object.fromEntries(statuses) };
      },
    });
  };
}
