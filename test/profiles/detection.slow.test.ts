/** Detection of the profile on a PostgreSQL server with a database that several systems may share. */
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { shippedFor } from "../../src/profiles/shipped.ts";
import { detectingRepository } from "../../src/repositories/detect.ts";
import { openPostgresqlRepository } from "../../src/repositories/postgresql/open.ts";
import { type PostgresqlServer, REFERENCE_SCHEMA, startPostgresql } from "../support/postgresql.ts";

const RIVER = readFileSync(new URL("river.postgresql.schema.sql", import.meta.url), "utf8");

let server: PostgresqlServer;
beforeAll(async () => {
  server = await startPostgresql();
});
afterAll(() => server?.[Symbol.asyncDispose]());

/** Returns the detected profile or the reason for none, and the error of the queue. */
async function taken(database: string, role?: string) {
  const url = server.url({ database, ...(role !== undefined && { role }) });
  const repository = detectingRepository({
    candidates: shippedFor("postgresql"),
    open: (profile) => openPostgresqlRepository({ url, profile }),
    askAgainMilliseconds: 0,
  });
  const { parts } = await repository.read(["queue"]);
  await repository.close();
  const failure = parts.queue?.ok === false ? parts.queue.failure : undefined;
  return { profile: repository.profile?.name, failure };
}

describe("the profile of a PostgreSQL database", () => {
  it("is the one that fits, and none if two systems share the database", async () => {
    const database = await server.createDatabase();
    await server.exec(RIVER, database);
    expect(await taken(database)).toEqual({ profile: "river", failure: undefined });
    await server.exec(REFERENCE_SCHEMA, database);
    expect(await taken(database)).toEqual({
      profile: undefined,
      failure: {
        code: "failed_precondition",
        message:
          "the database fits several profiles: reference (all SELECTs), river (all SELECTs): choose one with --profile",
      },
    });
  });

  it("is detected by a role that may not read the tables, and the sections report that", async () => {
    const database = await server.createDatabase();
    await server.exec(`${RIVER}; CREATE ROLE stranger LOGIN`, database);
    expect(await taken(database, "stranger")).toMatchObject({
      profile: "river",
      failure: { code: "permission_denied" },
    });
  });

  it("is detected once a migration releases its lock", async () => {
    const database = await server.createDatabase();
    await server.exec(RIVER, database);
    const pg = await import("pg");
    const migration = new pg.default.Client({ connectionString: server.url({ database }) });
    await migration.connect();
    await migration.query("BEGIN; LOCK TABLE river_job IN ACCESS EXCLUSIVE MODE");
    expect(await taken(database)).toMatchObject({ profile: undefined, failure: { code: "unavailable" } });
    await migration.query("COMMIT");
    await migration.end();
    expect(await taken(database)).toMatchObject({ profile: "river", failure: undefined });
  });
});
