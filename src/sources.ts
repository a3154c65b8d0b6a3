/** Opens what a collection reads, as the configuration names it. */

import type { Config } from "./config.ts";
import type { CollectSources } from "./metrics/collect.ts";
import { logFileReader } from "./metrics/log-file.ts";
import type { OnUnexpected } from "./metrics/section.ts";
import { openProcfs } from "./procfs/open-procfs.ts";
import { openRepository } from "./repositories/open.ts";

export interface OpenSources extends CollectSources {
  close(): Promise<void>;
}

export function openSources(config: Config, onUnexpected: OnUnexpected): OpenSources {
  const repository = openRepository({
    database: config.database,
    profile: config.profile,
    terminalStages: config.terminalStages,
    maxItems: config.maxItems,
    onUnexpected: (error) => onUnexpected("database", error),
  });
  const procfs = openProcfs({ root: config.procRoot });
  return {
    repository,
    procfs,
    statLog: logFileReader(),
    instance: config.instance,
    localHost: config.localHost,
    now: Date.now,
    onUnexpected,
    async close() {
      procfs.close();
      await repository.close();
    },
  };
}
