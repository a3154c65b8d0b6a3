/** Opens a database of either kind. Imports PostgreSQL's client, about forty modules, only if needed. */
import type { SqlDialect } from "../profiles/profile.ts";
import type { RepositoryOptions, TableRepository } from "./repository.ts";
import { openSqliteRepository } from "./sqlite/open.ts";

/** `place` is a path or a URL. */
export type OpenDatabase = (place: string, options: RepositoryOptions) => TableRepository;

export async function databaseOpener(dialect: SqlDialect): Promise<OpenDatabase> {
  if (dialect !== "postgresql")
    return (place, options) => openSqliteRepository({ databasePath: place, ...options });
  const { openPostgresqlRepository } = await import("./postgresql/open.ts");
  return (place, options) => openPostgresqlRepository({ url: place, ...options });
}
