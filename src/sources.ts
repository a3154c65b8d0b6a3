/** Opens what a collection reads, as the configuration names it. */
import type { Logger } from "../shared/log.ts";
import type { CollectSources } from "./metrics/collect.ts";
import { logFileReader } from "./metrics/log-files.ts";
import { openProcfs } from "./procfs/open-procfs.ts";
import type { Profile } from "./profiles/profile.ts";
import { loadProfile } from "./profiles/shipped.ts";
import { isPostgresqlUrl } from "./repositories/database-url.ts";
import type { RepositoryOptions } from "./repositories/repository.ts";
import { openSqliteRepository } from "./repositories/sqlite/open.ts";
import type { Config } from "./settings.ts";

export interface OpenSources extends CollectSources {
  readonly profile: Profile;
  readonly onUnexpected: (where: string, error: unknown, trace?: string) => void;
  close(): Promise<void>;
}

/** Rejects with a ProfileError where there is no such profile for such a database. */
export async function openSources(
  config: Config,
  log: Logger,
  options: Pick<RepositoryOptions, "deadlineSeconds" | "profile"> = {},
): Promise<OpenSources> {
  const onUnexpected: OpenSources["onUnexpected"] = (where, error, trace) =>
    log.error({ where, ...(trace && { trace }), err: error }, "unexpected error");
  const { database, maxItems } = config;
  const isServer = isPostgresqlUrl(database);
  const profile = options.profile ?? loadProfile(config.profile, isServer ? "postgresql" : "sqlite");
  const leftOut = new Set<string>();
  const common: RepositoryOptions = {
    ...options,
    profile,
    maxItems,
    terminalStages: config.terminalStages ?? profile.terminalStages,
    onUnexpected: (error) => onUnexpected("database", error),
    onLeftOut(message) {
      if (!leftOut.has(message)) log.warn(message);
      leftOut.add(message);
    },
  };
  // PostgreSQL's client, some forty modules, is loaded only where it is needed.
  const repository = isServer
    ? (await import("./repositories/postgresql/open.ts")).openPostgresqlRepository({
        url: database,
        ...common,
      })
    : openSqliteRepository({ databasePath: database, ...common });
  const procfs = openProcfs({ root: config.procRoot });
  return {
    profile,
    repository,
    procfs,
    readLog: logFileReader({ readContent: config.logContent }),
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
