/** A read replica: the service reads what the primary wrote, and does not affect the replica's recovery. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openPostgresqlRepository } from "../../src/repositories/postgresql/open.ts";
import { PART_NAMES } from "../../src/repositories/sql/read-parts.ts";
import { type PostgresqlServer, REFERENCE_SCHEMA, startPostgresql } from "../support/postgresql.ts";
import { eventually } from "../support/service.ts";

const AT = "'2026-01-31T12:00:00.000Z'";

let primary: PostgresqlServer;
let replica: PostgresqlServer;
beforeAll(async () => {
  primary = await startPostgresql();
  await primary.exec(REFERENCE_SCHEMA);
  replica = await primary.standby();
}, 120_000);
afterAll(async () => {
  await replica[Symbol.asyncDispose]();
  await primary[Symbol.asyncDispose]();
}, 120_000);

describe("a read replica", () => {
  it("is read like its primary, and follows it", async () => {
    expect((await replica.exec("SELECT pg_is_in_recovery() AS follows")).rows).toEqual([{ follows: true }]);
    const repository = openPostgresqlRepository({ url: replica.url() });
    const read = async () => (await repository.read(PART_NAMES)).parts;
    try {
      expect(await read()).toMatchObject(Object.fromEntries(PART_NAMES.map((name) => [name, { ok: true }])));
      await primary.exec(
        `INSERT INTO jobs (id, kind, status, attempts, available_at, created_at) VALUES (1, 'a', 'running', 1, ${AT}, ${AT})`,
      );
      await eventually("the replica has the job", async () => {
        const { runningJobs } = await read();
        return runningJobs?.ok === true && runningJobs.value.length === 1;
      });
      expect((await read()).queue).toMatchObject({
        ok: true,
        value: { counts: [{ status: "running", jobs: 1 }] },
      });
      // The readings in between do not block the primary's changes to its tables.
      await primary.exec("ALTER TABLE serial_gates RENAME COLUMN waiting TO queueing");
      await eventually("the change arrives", async () => (await read()).gates?.ok === false);
      await primary.exec("ALTER TABLE serial_gates RENAME COLUMN queueing TO waiting");
      await eventually("it is read again", async () => (await read()).gates?.ok === true);
      expect(await repository.warnings?.()).toEqual([expect.stringContaining("is a superuser")]);
    } finally {
      await repository.close();
    }
  });
});
