/** Opens the configured databases, or the folder of files, with the configured profile or one that fits. */
import { homeFolder } from "../shared/home.ts";
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
  /** Undefined until a profile that fits is found. */
  readonly profile: () => Profile | undefined;
  /** Resolves with the name of a profile that fits the database if the configured one does not. */
  readonly fitsInstead: () => Promise<string | undefined>;
  /** Returns a path or URL of the store if one is known. */
  readonly place: () => string | undefined;
}

/** The value of --profile that selects the one that fits. */
export const AUTO_PROFILE = "auto";

export async function openStore(config: Config, log: Logger, options: RepositoryOptions): Promise<OpenStore> {
  const { database, maxItems } = config;
  const isServer = database.some(({ place }) => isPostgresqlUrl(place));
  if (isServer && database.some(({ place }) => !isPostgresqlUrl(place)))
    throw new UsageError("--database: cannot combine a server and a file: use databases of one kind");
  const dialect = isServer ? "postgresql" : "sqlite";
  const dialects: readonly SqlDialect[] = isServer ? [dialect] : [dialect, "files"];
  const named =
    options.profile ??
    (config.profile === AUTO_PROFILE ? undefined : loadProfile(config.profile, ...dialects));
  if (database.length === 0 && named?.dialect !== "files") {
    const what = named ? `the profile ${named.name} reads a database` : "no database";
    throw new UsageError(`${what}: set --database FILE|URL or ORCH_DATABASE`);
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

/** Returns the folder of a profile for files: the first of its candidates whose variable is set or that is a path. */
function folderOf({ folders }: Profile): string {
  const named = folders.map((folder) => (folder.startsWith("$") ? process.env[folder.slice(1)] : folder));
  return (named.find((folder) => folder) ?? "").replace(/^~(?=\/|$)/, homeFolder());
}
