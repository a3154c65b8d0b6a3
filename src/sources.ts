/** Opens what a collection reads, as the configuration names it. */
import type { CollectSources } from "./metrics/collect.ts";
import type { OnUnexpected } from "./metrics/section.ts";
import { logFileReader } from "./metrics/signals.ts";
import { openProcfs } from "./procfs/open-procfs.ts";
import type { Profile } from "./profiles/profile.ts";
import { loadProfile } from "./profiles/shipped.ts";
import { isPostgresqlUrl } from "./repositories/database-url.ts";
import type { RepositoryOptions } from "./repositories/repository.ts";
import { openSqliteRepository } from "./repositories/sqlite/open.ts";
import type { Config } from "./settings.ts";

export interface OpenSources extends CollectSources {
  readonly profile: Profile;
  close(): Promise<void>;
}

/** Rejects with a ProfileError where there is no such profile for such a database. */
export async function openSources(
  config: Config,
  onUnexpected: OnUnexpected,
  options: Pick<RepositoryOptions, "deadlineSeconds" | "onLeftOut"> = {},
): Promise<OpenSources> {
  const { database, maxItems } = config;
  const isServer = isPostgresqlUrl(database);
  const profile = loadProfile(config.profile, isServer ? "postgresql" : "sqlite");
  const leftOut = new Set<string>();
  const common: RepositoryOptions = {
    ...options,
    profile,
    maxItems,
    terminalStages: config.terminalStages ?? profile.terminalStages,
    onUnexpected: (error) => onUnexpected("database", error),
    onLeftOut(message) {
      if (!leftOut.has(message) && leftOut.add(message)) options.onLeftOut?.(message);
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
    statLog: logFileReader(),
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
