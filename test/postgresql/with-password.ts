/** A server with TLS whose role `reader` needs a password, with a task and runs to read. */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type PostgresqlServer, REFERENCE_SCHEMA, startPostgresql } from "../support/postgresql.ts";

export const PASSWORD = "marked-secret";
const AT = "'2026-01-31T12:00:00.000Z'";

export interface ServerWithPassword extends AsyncDisposable {
  readonly server: PostgresqlServer;
  /** The URL for the role, without its password. */
  readonly url: string;
  /** Returns a file for PGPASSFILE, readable only by its owner. */
  passwordFile(): string;
}

export async function startWithPassword(): Promise<ServerWithPassword> {
  const server = await startPostgresql({ tls: true, passwords: ["reader"] });
  const directory = mkdtempSync(join(tmpdir(), "orch-metrics-test-"));
  await server.exec(
    `${REFERENCE_SCHEMA};
     INSERT INTO tasks VALUES (1, 'ORCH-1', 't', 'review', ${AT}, ${AT}, ${AT});
     INSERT INTO agent_runs (id, agent, model, started_at, finished_at, exit_code, cost_usd) VALUES
       (1, 'a', 'm', ${AT}, '2026-01-31T12:02:00.000Z', 0, 1.5), (2, 'a', 'm', ${AT}, NULL, NULL, NULL),
       (3, 'a', 'm', ${AT}, '2026-01-31T12:01:00.000Z', -9, NULL);
     CREATE ROLE reader LOGIN PASSWORD '${PASSWORD}'; GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader;
     CREATE ROLE writer LOGIN; GRANT INSERT ON tasks TO writer; GRANT SELECT ON ALL TABLES IN SCHEMA public TO writer`,
  );
  return {
    server,
    url: server.url({ role: "reader" }),
    passwordFile() {
      const path = join(directory, "pgpass");
      writeFileSync(path, `*:*:*:reader:${PASSWORD}\n`);
      chmodSync(path, 0o600);
      return path;
    },
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
