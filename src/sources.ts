/** Opens what a collection reads, as the configuration names it. */
import type { CollectSources } from "./metrics/collect.ts";
import { logFileReader } from "./metrics/log-files.ts";
import type { OnUnexpected } from "./metrics/section.ts";
import { openProcfs } from "./procfs/open-procfs.ts";
import type { Profile } from "./profiles/profile.ts";
import { loadProfile } from "./profiles/shipped.ts";
import { type DatabaseOptions, dialectOf, openRepository } from "./repositories/open.ts";
import type { Config } from "./settings.ts";

export interface OpenSources extends CollectSources {
  readonly profile: Profile;
  close(): Promise<void>;
}

/** Rejects with a ProfileError where there is no such profile for such a database. */
export async function openSources(
  config: Config,
  onUnexpected: OnUnexpected,
  options: Pick<DatabaseOptions, "deadlineSeconds" | "onLeftOut"> = {},
): Promise<OpenSources> {
  const profile = loadProfile(config.profile, dialectOf(config.database));
  const leftOut = new Set<string>();
  const repository = await openRepository({
    database: config.database,
    ...options,
    profile,
    terminalStages: config.terminalStages,
    maxItems: config.maxItems,
    onUnexpected: (error) => onUnexpected("database", error),
    onLeftOut(message) {
      if (!leftOut.has(message) && leftOut.add(message)) options.onLeftOut?.(message);
    },
  });
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
