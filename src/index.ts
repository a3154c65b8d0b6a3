/**
 * What an orchestrator written in TypeScript needs to mount the same service in its own process: Connect
 * routes for its router, and a handler for its HTTP server, over a repository.
 *
 * Mind that SQLite keeps its locks for the whole process: an orchestrator that has the database open itself
 * uses one copy of better-sqlite3 for both, or gives functions instead of tables.
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

/** Who may read by the handler. The routes leave that to the router's own interceptors. */
export interface MountAccess {
  /** The bearer tokens that may read, one a line; read again when the file changes. Default: nobody is asked for one. */
  readonly tokenFile?: string;
  /** Whether health is answered without a token; default true. */
  readonly openHealth?: boolean;
  /** Names besides loopback's by which requests may call the host; default: any name may. */
  readonly allowedHosts?: readonly string[];
  /** The origins whose pages may read from a browser; default none. */
  readonly corsOrigins?: readonly string[];
}

export interface MountOptions extends GuardFunctions {
  /** Where the rows come from: `openSqliteRepository(…)`, `openPostgresqlRepository(…)`, or the orchestrator's own. */
  readonly repository: Repository;
  /** The kill switch; default true. */
  readonly enabled?: boolean;
  readonly access?: MountAccess;
  /** Default: the host's name. */
  readonly instance?: string;
  /** The names by which runs call this host; default: the host's name. */
  readonly localHost?: string | readonly string[];
  /** Whether the last lines of each run's log file are counted. Default: true. */
  readonly logContent?: boolean;
  /** Where procfs is mounted; default `/proc`. */
  readonly procRoot?: string;
  /** Hears of bugs and of what the guard functions threw. The answers hold no stack. */
  readonly onUnexpected?: (where: string, error: unknown) => void;
}

export interface Mounted {
  /** For a Connect router: `connectNodeAdapter({ routes })` and its kin. */
  readonly routes: (router: ConnectRouter) => void;
  /** For `http.createServer` or `http2.createServer`: the RPC and the plain routes, with 404 and 405. */
  readonly handler: Handler;
  /** Lets go of procfs and the repository. */
  close(): Promise<void>;
}

/**
 * Builds the service over a repository, of which nothing is read until the first request. Throws where the token file
 * cannot be used.
 */
export function mountMetrics(options: MountOptions): Mounted {
  const { enabled = true, access = {}, onUnexpected = () => {} } = options;
  const tokens =
    access.tokenFile === undefined
      ? undefined
      : watchTokenFile(access.tokenFile, (level, message) => {
          if (level === "warn") onUnexpected("access", new Error(message));
        });
  const { allowedHosts } = access;
  // Nobody knows here on which addresses it will listen.
  const hosts = tokens && !allowedHosts ? "any" : { names: allowedHosts ?? [], anyAddress: true };
  const gate = createGate({ ...access, hosts, tokens });
  const procfs = openProcfs({ root: options.procRoot ?? "/proc" });
  const repository = withGuards(options.repository, options, (error) => onUnexpected("guards", error));
  const patiently = callsWithTimeout();
  const localHosts = [options.localHost ?? hostname()].flat();
  const service = createMetricsService({
    repository,
    procfs,
    // Nothing tells whose processes the orchestrator's agents are.
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
