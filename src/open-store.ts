/** Opens the databases, or the folder of files, that the configuration names, by the profile that it names or that fits. */
import { homedir } from "node:os";
import type { Logger } from "../shared/log.ts";
import { UsageError } from "../shared/operator-error.ts";
import type { Profile, SqlDialect } from "./profiles/profile.ts";
import { loadProfile, shippedFor } from "./profiles/shipped.ts";
import { isSeveral, namedPlaces } from "./repositories/database-places.ts";
import { isPostgresqlUrl } from "./repositories/database-url.ts";
import { detectingRepository, fitsInstead } from "./repositories/detect.ts";
import { databaseOpener } from "./repositories/open-database.ts";
import type { FittingRepository, Repository, RepositoryOptions } from "./repositories/repository.ts";
import { severalRepository } from "./repositories/several.ts";
import type { Config } from "./settings.ts";

export interface OpenStore {
  readonly repository: Repository;
  /** Undefined while none was found that fits. */
  readonly profile: () => Profile | undefined;
  /** The name of another profile that the database fits, if it does not fit the one that was named. */
  readonly fitsInstead: () => Promise<string | undefined>;
  /** A path or URL of it, if one is known. */
  readonly place: () => string | undefined;
}

/** The value of --profile for the one that fits. */
export const AUTO_PROFILE = "auto";

export async function openStore(config: Config, log: Logger, options: RepositoryOptions): Promise<OpenStore> {
  const { database, maxItems } = config;
  const isServer = database.some(({ place }) => isPostgresqlUrl(place));
  if (isServer && database.some(({ place }) => !isPostgresqlUrl(place)))
    throw new UsageError("--database names a server and a file: several databases are all of one kind");
  const dialect = isServer ? "postgresql" : "sqlite";
  const dialects: readonly SqlDialect[] = isServer ? [dialect] : [dialect, "files"];
  const named =
    options.profile ??
    (config.profile === AUTO_PROFILE ? undefined : loadProfile(config.profile, ...dialects));
  if (database.length === 0 && named?.dialect !== "files") {
    const what = named ? `the profile ${named.name} reads a database` : "no database";
    throw new UsageError(`${what}: give --database FILE|URL or set ORCH_DATABASE`);
  }
  const leftOut = new Set<string>();
  const common: RepositoryOptions = {
    ...options,
    maxItems,
    ...(config.terminalStages && { terminalStages: config.terminalStages }),
    onLeftOut(message) {
      if (!leftOut.has(message)) log.warn(message);
      leftOut.add(message);
    },
  };
  const openDatabase = await databaseOpener(dialect);
  const openOne = (place: string, profile: Profile) => openDatabase(place, { ...common, profile });
  const places = namedPlaces(database);
  const open = (profile: Profile): FittingRepository =>
    isSeveral(database) || Object.values(profile.sections).some((section) => section.database !== undefined)
      ? severalRepository({ profile, databases: places, open: openOne, maxItems })
      : openOne(database[0]?.place ?? folderOf(profile), profile);
  const detecting = named
    ? undefined
    : detectingRepository({
        candidates: shippedFor(dialect),
        open,
        onChosen: ({ name }) => log.debug({ profile: name }, `profile ${name} fits the database`),
      });
  const repository = detecting ?? open(named as Profile);
  return {
    repository,
    profile: () => named ?? detecting?.profile,
    fitsInstead: async () =>
      named && named.dialect !== "files" ? fitsInstead(repository, named, shippedFor(dialect)) : undefined,
    place: () => places()[0]?.place ?? (named && folderOf(named)),
  };
}

/** The folder of a profile for files: the first that a variable names, or that is written out. */
function folderOf({ folders }: Profile): string {
  const named = folders.map((folder) => (folder.startsWith("$") ? process.env[folder.slice(1)] : folder));
  return (named.find((folder) => folder) ?? "").replace(/^~(?=\/|$)/, homedir());
}
