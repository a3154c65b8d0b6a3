/** Opens what a collection reads, as the configuration names it. */
import { stat } from "node:fs/promises";
import type { Logger } from "../shared/log.ts";
import type { CollectSources } from "./metrics/collect.ts";
import { processFinder } from "./metrics/find-processes.ts";
import { logFileReader } from "./metrics/log-files.ts";
import { hostNames } from "./metrics/signals.ts";
import { callsWithTimeout } from "./metrics/with-timeout.ts";
import { openProcfs } from "./procfs/open-procfs.ts";
import type { Profile } from "./profiles/profile.ts";
import { loadProfile } from "./profiles/shipped.ts";
import { isPostgresqlUrl } from "./repositories/database-url.ts";
import { noDatabase } from "./repositories/no-database.ts";
import type { Repository, RepositoryOptions } from "./repositories/repository.ts";
import { openSqliteRepository } from "./repositories/sqlite/open.ts";
import type { Config } from "./settings.ts";

export interface OpenSources extends CollectSources {
  /** Undefined without a database. */
  readonly profile: Profile | undefined;
  readonly onUnexpected: (where: string, error: unknown, trace?: string) => void;
  close(): Promise<void>;
}

/** What to say where there is none, as on macOS. */
export const NO_PROCFS =
  "there is no procfs at --proc-root: agents are shown without their processes, and can be judged by log, tokens and progress alone";

/** Rejects with a ProfileError where there is no such profile for such a database. */
export async function openSources(
  config: Config,
  log: Logger,
  options: Pick<RepositoryOptions, "deadlineSeconds"> = {},
): Promise<OpenSources> {
  const onUnexpected: OpenSources["onUnexpected"] = (where, error, trace) =>
    log.error({ where, ...(trace && { trace }), err: error }, "unexpected error");
  const procfs = openProcfs({ root: config.procRoot });
  const patiently = callsWithTimeout();
  const { profile, repository } = config.database
    ? await openDatabase(config, log, {
        ...options,
        onUnexpected: (error) => onUnexpected("database", error),
      })
    : { profile: undefined, repository: noDatabase({ hasProcfs: procfs.clockTicksPerSecond > 0 }) };
  return {
    profile,
    repository,
    procfs,
    findProcesses: processFinder({
      procfs,
      patiently,
      isThisHost: hostNames(config.localHost),
      user: () => patiently(() => userOf(config.database), undefined),
      watch: config.watchProcesses ?? [],
      onUnexpected,
      maxItems: config.maxItems,
    }),
    readLog: logFileReader({ readContent: config.logContent, patiently }),
    instance: config.instance,
    localHosts: config.localHost,
    now: Date.now,
    onUnexpected,
    async close() {
      procfs.close();
      await repository.close();
    },
  };
}

/** Whose agents a database describes: those of the user who owns its file. Nothing tells whose a server's are. */
async function userOf(database: string): Promise<number | null | undefined> {
  if (database === "") return process.geteuid?.();
  return isPostgresqlUrl(database) ? null : (await stat(database)).uid;
}

async function openDatabase(config: Config, log: Logger, options: RepositoryOptions) {
  const { database, maxItems } = config;
  const isServer = isPostgresqlUrl(database);
  const profile = loadProfile(config.profile, isServer ? "postgresql" : "sqlite");
  const leftOut = new Set<string>();
  const common: RepositoryOptions = {
    ...options,
    profile,
    maxItems,
    terminalStages: config.terminalStages ?? profile.terminalStages,
    onLeftOut(message) {
      if (!leftOut.has(message)) log.warn(message);
      leftOut.add(message);
    },
  };
  // PostgreSQL's client, some forty modules, is loaded only where it is needed.
  const repository: Repository = isServer
    ? (await import("./repositories/postgresql/open.ts")).openPostgresqlRepository({
        url: database,
        ...common,
      })
    : openSqliteRepository({ databasePath: database, ...common });
  return { profile, repository };
}
