/** Creates a temporary database to load a dump into: a file, or a database on a PostgreSQL server. Removes it afterwards. */
import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { OperatorError } from "../../shared/operator-error.ts";
import type { SqlDialect } from "../profiles/profile.ts";
import { isPostgresqlUrl } from "../repositories/database-url.ts";
import { onceOnly } from "../repositories/source-failure.ts";

export interface TemporaryDatabase {
  /** A value for --database. */
  readonly database: string;
  /** Runs the dump. Rejects with OperatorError. */
  load(dump: string): Promise<void>;
  remove(): Promise<void>;
}

const CONNECT_MILLISECONDS = 5_000;

/** Creates an empty database. `server` is used for PostgreSQL only. Rejects with OperatorError. */
export async function temporaryDatabase(dialect: SqlDialect, server: string): Promise<TemporaryDatabase> {
  if (dialect === "files")
    throw new OperatorError("cannot test a profile that reads files: a dump holds tables only");
  return dialect === "sqlite" ? temporaryFile() : databaseOn(server);
}

async function temporaryFile(): Promise<TemporaryDatabase> {
  const directory = await mkdtemp(join(tmpdir(), "orch-metrics-profile-"));
  const database = join(directory, "database.sqlite");
  return {
    database,
    async load(dump) {
      const connection = new Database(database);
      try {
        connection.exec(dump);
      } catch (error) {
        throw new OperatorError(`cannot load the dump: ${(error as Error).message}`);
      } finally {
        connection.close();
      }
    },
    remove: () => rm(directory, { recursive: true, force: true }),
  };
}

async function databaseOn(server: string): Promise<TemporaryDatabase> {
  if (!isPostgresqlUrl(server))
    throw new OperatorError(
      "no PostgreSQL server: set --database postgres://ROLE@HOST/DATABASE to a server where the role can create databases",
    );
  const { connect } = await import("../repositories/postgresql/connect.ts");
  const { toFailure } = await import("../repositories/postgresql/failures.ts");
  const name = `orch_metrics_profile_${process.pid}_${randomBytes(4).toString("hex")}`;
  const database = withDatabase(server, name);

  async function run(url: string, sql: string): Promise<void> {
    const client = await connect(url, { connectionTimeoutMillis: CONNECT_MILLISECONDS });
    await client.query(sql).finally(() => client.end());
  }

  function explain(error: unknown): never {
    const { code } = error as { readonly code?: unknown };
    if (code === "42501") throw new OperatorError("the role cannot create a database: grant it CREATEDB");
    throw new OperatorError(onceOnly(toFailure(error)?.message ?? "cannot use the PostgreSQL server"));
  }

  await run(server, `CREATE DATABASE ${name} TEMPLATE template0`).catch(explain);
  return {
    database,
    async load(dump) {
      try {
        // pg_dump writes these lines for psql, and the server does not accept them.
        await run(database, dump.replace(/^\\(un)?restrict\b.*$/gm, ""));
      } catch (error) {
        const { message, position = "0" } = error as Error & { readonly position?: string };
        const line = dump.slice(0, Number(position)).split("\n").length;
        throw new OperatorError(`cannot load line ${line} of the dump: ${message}`);
      }
    },
    remove: () => run(server, `DROP DATABASE ${name} WITH (FORCE)`).catch(explain),
  };
}

/** Returns the URL of another database on the same server. */
function withDatabase(server: string, name: string): string {
  return server
    .replace(/^([^:]*:\/\/[^/?#]*)(\/[^?#]*)?/, `$1/${name}`)
    .replace(/(?<=[?&])(dbname|schema|search_path|currentSchema)=[^&#]*&?/g, "")
    .replace(/[?&]$/, "");
}
