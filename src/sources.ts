/** Opens what a collection reads, as the configuration names it. */
import { homedir } from "node:os";
import type { Logger } from "../shared/log.ts";
import type { CollectSources } from "./metrics/collect.ts";
import { logFileReader } from "./metrics/log-files.ts";
import { openProcfs } from "./procfs/open-procfs.ts";
import type { Profile } from "./profiles/profile.ts";
import { loadProfile, shippedFor } from "./profiles/shipped.ts";
import { isPostgresqlUrl } from "./repositories/database-url.ts";
import { detectingRepository, fitsInstead } from "./repositories/detect.ts";
import type { FittingRepository, RepositoryOptions } from "./repositories/repository.ts";
import { openSqliteRepository } from "./repositories/sqlite/open.ts";
import type { Config } from "./settings.ts";

export interface OpenSources extends CollectSources {
  /** Undefined while none was found that fits. */
  readonly profile: () => Profile | undefined;
  /** The name of another profile that the database fits, if it does not fit the one that was named. */
  readonly fitsInstead: () => Promise<string | undefined>;
  readonly onUnexpected: (where: string, error: unknown, trace?: string) => void;
  close(): Promise<void>;
}

/** The folder of a profile for files: the first that a variable names, or that is written out. */
function folderOf({ folders }: Profile): string {
  const named = folders.map((folder) => (folder.startsWith("$") ? process.env[folder.slice(1)] : folder));
  return (named.find((folder) => folder) ?? "").replace(/^~(?=\/|$)/, homedir());
}

/** The value of --profile for the one that fits. */
export const AUTO_PROFILE = "auto";

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
  const dialect = isServer ? "postgresql" : "sqlite";
  const leftOut = new Set<string>();
  const common: RepositoryOptions = {
    ...options,
    maxItems,
    ...(config.terminalStages && { terminalStages: config.terminalStages }),
    onUnexpected: (error) => onUnexpected("database", error),
    onLeftOut(message) {
      if (!leftOut.has(message)) log.warn(message);
      leftOut.add(message);
    },
  };
  // PostgreSQL's client, some forty modules, is loaded only where it is needed.
  const { openPostgresqlRepository } = isServer
    ? await import("./repositories/postgresql/open.ts")
    : { openPostgresqlRepository: undefined };
  const open = (profile: Profile): FittingRepository =>
    openPostgresqlRepository
      ? openPostgresqlRepository({ url: database, profile, ...common })
      : openSqliteRepository({ databasePath: database || folderOf(profile), profile, ...common });
  const shipped = shippedFor(dialect);
  const dialects = isServer ? ([dialect] as const) : ([dialect, "files"] as const);
  const named =
    options.profile ??
    (config.profile === AUTO_PROFILE ? undefined : loadProfile(config.profile, ...dialects));
  const detecting = named
    ? undefined
    : detectingRepository({
        candidates: shipped,
        open,
        onChosen: ({ name }) => log.info({ profile: name }, `profile ${name} fits the database`),
      });
  const repository = detecting ?? open(named as Profile);
  const procfs = openProcfs({ root: config.procRoot });
  return {
    profile: () => named ?? detecting?.profile,
    fitsInstead: async () => named && fitsInstead(repository, named, shipped),
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
