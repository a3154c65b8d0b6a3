/**
 * For orchestrators in TypeScript that serve the metrics from their own process: Connect routes for their router, and
 * a handler for their HTTP server, over a repository.
 *
 * SQLite holds its locks per process. An orchestrator that opens the database itself must share one copy of
 * better-sqlite3 with this package, or provide functions instead of tables.
 */
import { hostname } from "node:os";
import type { ConnectRouter } from "@connectrpc/connect";
import { processFinder } from "./metrics/find-processes.ts";
import { logFileReader } from "./metrics/log-files.ts";
import { createMetricsService } from "./metrics/service.ts";
import { hostNames } from "./metrics/signals.ts";
import { callsWithTimeout } from "./metrics/with-timeout.ts";
import { openProcfs } from "./procfs/open-procfs.ts";
import type { Repository } from "./repositories/repository.ts";
import { type GuardFunctions, withGuards } from "./repositories/with-guards.ts";
import { watchTokenFile } from "./server/access/bearer-tokens.ts";
import { createGate } from "./server/access/gate.ts";
import { createHandler, type Handler } from "./server/handler.ts";
import { rpcRoutes } from "./server/rpc-routes.ts";

export * from "../gen/orchestrator/metrics/v1/metrics_pb.js";
export * as status from "../gen/orchestrator/status/v1/status_pb.js";
export { parseProfile } from "./profiles/parse.ts";
export type { Profile, ProfileProblem, SqlDialect } from "./profiles/profile.ts";
export { loadProfile, ProfileError } from "./profiles/shipped.ts";
export { openPostgresqlRepository } from "./repositories/postgresql/open.ts";
export type * from "./repositories/repository.ts";
export {
  type FailureCode,
  failed,
  ok,
  type Reading,
  SourceError,
  type SourceFailure,
} from "./repositories/source-failure.ts";
export { openSqliteRepository } from "./repositories/sqlite/open.ts";
export type { GuardFunctions } from "./repositories/with-guards.ts";
export type { Handler } from "./server/handler.ts";

/** Who may read through the handler. `routes` leaves authentication to the router's interceptors. */
export interface MountAccess {
  /** A file of accepted bearer tokens, one per line, reread when it changes. Default: no token is required. */
  readonly tokenFile?: string;
  /** Whether health requests need no token. Default: true. */
  readonly openHealth?: boolean;
  /**
   * Host header values to accept besides loopback names and IP addresses. Default: with a token file any, without one no
   * others.
   */
  readonly allowedHosts?: readonly string[];
  /** Origins whose pages may read from a browser. Default: none. */
  readonly corsOrigins?: readonly string[];
}

export interface MountOptions extends GuardFunctions {
  /** The source of the rows: `openSqliteRepository(…)`, `openPostgresqlRepository(…)`, or your own. */
  readonly repository: Repository;
  /** False collects nothing and answers `unimplemented`. Default: true. */
  readonly enabled?: boolean;
  readonly access?: MountAccess;
  /** The orchestrator's name in the envelope. Default: the host name. */
  readonly instance?: string;
  /** This host's names in the orchestrator's runs. Default: the host name. */
  readonly localHost?: string | readonly string[];
  /** Whether to count the lines at the end of each run's log file. Default: true. */
  readonly logContent?: boolean;
  /** The mount point of procfs. Default: `/proc`. */
  readonly procRoot?: string;
  /** Receives bugs and errors that the guard functions threw. Responses contain no stack trace. */
  readonly onUnexpected?: (where: string, error: unknown) => void;
}

export interface Mounted {
  /** For a Connect router, such as `connectNodeAdapter({ routes })`. */
  readonly routes: (router: ConnectRouter) => void;
  /** For `http.createServer` or `http2.createServer`: serves the RPC and the HTTP routes, and answers 404 and 405. */
  readonly handler: Handler;
  /** Closes procfs and the repository. */
  close(): Promise<void>;
}

/** Builds the service over a repository. Reads nothing until the first request. Throws if the token file cannot be used. */
export function mountMetrics(options: MountOptions): Mounted {
  const { enabled = true, access = {}, onUnexpected = () => {} } = options;
  const tokens =
    access.tokenFile === undefined
      ? undefined
      : watchTokenFile(access.tokenFile, (level, message) => {
          if (level === "warn") onUnexpected("access", new Error(message));
        });
  const { allowedHosts } = access;
  // The caller chooses the address to listen on, which is unknown here.
  const hosts = tokens && !allowedHosts ? "any" : { names: allowedHosts ?? [], anyAddress: true };
  const gate = createGate({ ...access, hosts, tokens });
  const procfs = openProcfs({ root: options.procRoot ?? "/proc" });
  const repository = withGuards(options.repository, options, (error) => onUnexpected("guards", error));
  const patiently = callsWithTimeout();
  const localHosts = [options.localHost ?? hostname()].flat();
  const service = createMetricsService({
    repository,
    procfs,
    // The owner of the agents' processes is unknown here.
    findProcesses: processFinder({
      procfs,
      patiently,
      isThisHost: hostNames(localHosts),
      user: async () => null,
      onUnexpected,
    }),
    readLog: logFileReader({ readContent: options.logContent ?? true, patiently }),
    instance: options.instance ?? hostname(),
    localHosts,
    now: Date.now,
    onUnexpected,
  });
  return {
    routes: rpcRoutes(service, enabled),
    handler: createHandler({ service, enabled, gate, onUnexpected }),
    async close() {
      tokens?.close();
      procfs.close();
      await repository.close();
    },
  };
}
