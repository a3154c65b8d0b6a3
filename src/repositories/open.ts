/** The repository for a database as an operator names it: a file is SQLite, a URL is PostgreSQL. */
import { loadProfile } from "../profiles/shipped.ts";
import { openPostgresqlRepository } from "./postgresql/open.ts";
import type { Repository } from "./repository.ts";
import { openSqliteRepository } from "./sqlite/open.ts";

export interface DatabaseOptions {
  /** The path of a file, or `postgres://…`. */
  readonly database: string;
  /** A profile's name, or the path of one. */
  readonly profile: string;
  /** Null: the profile's. */
  readonly terminalStages: readonly string[] | null;
  readonly maxItems: number;
  readonly onUnexpected: (error: unknown) => void;
}

/** Throws ProfileError where there is no such profile for such a database. */
export function openRepository({ database, terminalStages, ...options }: DatabaseOptions): Repository {
  const isPostgresql = isPostgresqlUrl(database);
  const profile = loadProfile(options.profile, isPostgresql ? "postgresql" : "sqlite");
  const { maxItems, onUnexpected } = options;
  const common = { profile, maxItems, onUnexpected, ...(terminalStages && { terminalStages }) };
  return isPostgresql
    ? openPostgresqlRepository({ url: database, ...common })
    : openSqliteRepository({ databasePath: database, ...common });
}

export function isPostgresqlUrl(database: string): boolean {
  return /^postgres(ql)?:\/\//.test(database);
}
