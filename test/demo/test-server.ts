/** A PostgreSQL server for the tests of a file, and the schemas that the demo left in it. */
import { afterAll, beforeAll } from "vitest";
import { type PostgresqlServer, startPostgresql } from "../support/postgresql.ts";

export function testServer() {
  let server: PostgresqlServer;
  beforeAll(async () => {
    server = await startPostgresql();
  });
  afterAll(() => server?.[Symbol.asyncDispose]());
  return {
    server: () => server,
    async schemas(): Promise<string[]> {
      const { rows } = await server.exec(
        "SELECT nspname AS name FROM pg_namespace WHERE nspname !~ '^(pg_|information_schema$|public$)'",
      );
      return rows.map(({ name }) => name);
    },
  };
}
