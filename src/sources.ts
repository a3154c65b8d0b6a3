/** Opens the configured sources: the database, procfs and log files. */
import { stat } from "node:fs/promises";
import type { Logger } from "../shared/log.ts";
import type { CollectSources } from "./metrics/collect.ts";
import { processFinder } from "./metrics/find-processes.ts";
import { logFileReader } from "./metrics/log-files.ts";
import { hostNames } from "./metrics/signals.ts";
import { callsWithTimeout } from "./metrics/with-timeout.ts";
import { AUTO_PROFILE, type OpenStore, openStore } from "./open-store.ts";
import { openProcfs } from "./procfs/open-procfs.ts";
import { isPostgresqlUrl } from "./repositories/database-url.ts";
import { noDatabase } from "./repositories/no-database.ts";
import type { RepositoryOptions } from "./repositories/repository.ts";
import type { Config } from "./settings.ts";

export interface OpenSources extends CollectSources, Omit<OpenStore, "repository" | "place"> {
  readonly onUnexpected: (where: string, error: unknown, trace?: string) => void;
  close(): Promise<void>;
}

/** The warning for systems without procfs, such as macOS. */
export const NO_PROCFS =
  "no procfs at --proc-root: runs are reported without process data; only logs, tokens and progress show their activity";

/**
 * Rejects with ProfileError if no such profile exists for the kind of database, and with UsageError if no database is
 * configured.
 */
export async function openSources(
  config: Config,
  log: Logger,
  options: Pick<RepositoryOptions, "deadlineSeconds" | "profile"> = {},
): Promise<OpenSources> {
  const onUnexpected: OpenSources["onUnexpected"] = (where, error, trace) =>
    log.error({ where, ...(trace && { trace }), err: error }, "unexpected error");
  const procfs = openProcfs({ root: config.procRoot });
  const patiently = callsWithTimeout();
  const isStoreNamed =
    config.database.length > 0 || config.profile !== AUTO_PROFILE || config.watchProcesses === null;
  const store: OpenStore = isStoreNamed
    ? await openStore(config, log, {
        ...options,
        onUnexpected: (error) => onUnexpected("database", error),
      })
    : {
        repository: noDatabase({ hasProcfs: procfs.clockTicksPerSecond > 0 }),
        profile: () => undefined,
        fitsInstead: async () => undefined,
        place: () => undefined,
      };
  const { repository, profile, fitsInstead, place } = store;
  return {
    profile,
    fitsInstead,
    repository,
    procfs,
    findProcesses: processFinder({
      procfs,
      patiently,
      isThisHost: hostNames(config.localHost),
      user: () => patiently(() => userOf(place()), undefined),
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

/** Returns the user whose agents a database describes: the owner of its file. Null for a server, whose users are unknown. */
async function userOf(place: string | undefined): Promise<number | null | undefined> {
  if (place === undefined) return process.geteuid?.();
  return isPostgresqlUrl(place) ? null : (await stat(place)).uid;
}
