/** The repository for a database as an operator names it: a file is SQLite, a URL is PostgreSQL. */
import type { SqlDialect } from "../profiles/profile.ts";
import type { Repository, RepositoryOptions } from "./repository.ts";
import { openSqliteRepository } from "./sqlite/open.ts";

export interface DatabaseOptions extends Omit<RepositoryOptions, "terminalStages"> {
  /** The path of a file, or `postgres://…`, as `parseDatabase` returns it. */
  readonly database: string;
  /** Null: the profile's. */
  readonly terminalStages: readonly string[] | null;
}

/** PostgreSQL's client, some forty modules, is loaded only where it is needed. */
export async function openRepository({
  database,
  terminalStages,
  deadlineSeconds = 2,
  ...options
}: DatabaseOptions): Promise<Repository> {
  const common = { ...options, ...(terminalStages && { terminalStages }) };
  if (!isPostgresqlUrl(database))
    return openSqliteRepository({ databasePath: database, deadlineSeconds, ...common });
  const { openPostgresqlRepository } = await import("./postgresql/open.ts");
  return openPostgresqlRepository({ url: database, ...common });
}

export function dialectOf(database: string): SqlDialect {
  return isPostgresqlUrl(database) ? "postgresql" : "sqlite";
}

export function isPostgresqlUrl(database: string): boolean {
  return database.startsWith("postgres://");
}
