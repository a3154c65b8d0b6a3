/** Shared by the tests of PostgreSQL faults: a role that reads, profiles, and SELECTs that are rejected. */
import { existsSync } from "node:fs";
import { expect } from "vitest";
import { parseProfile } from "../../src/profiles/parse.ts";
import type { Profile } from "../../src/profiles/profile.ts";
import { openPostgresqlRepository, type PostgresqlOptions } from "../../src/repositories/postgresql/open.ts";
import { PART_NAMES } from "../../src/repositories/sql/read-parts.ts";
import { type PostgresqlServer, REFERENCE_SCHEMA } from "../support/postgresql.ts";

export const AT = "'2026-01-31T12:00:00.000Z'";

/** Returns a database with the reference schema, a role that may read it, and a repository for that role. */
export async function readerOf(on: PostgresqlServer, options: Partial<PostgresqlOptions> = {}) {
  const database = await on.createDatabase();
  const role = `reader_${database}`;
  await on.exec(
    `${REFERENCE_SCHEMA};
     INSERT INTO jobs (id, kind, status, attempts, available_at, created_at) VALUES (1, 'a', 'done', 1, ${AT}, ${AT});
     CREATE ROLE ${role} LOGIN; GRANT SELECT ON ALL TABLES IN SCHEMA public TO ${role}`,
    database,
  );
  const unexpected: unknown[] = [];
  const repository = openPostgresqlRepository({
    url: on.url({ database, role }),
    onUnexpected: (error) => unexpected.push(error),
    ...options,
  });
  return {
    role,
    repository,
    read: async () => (await repository.read(PART_NAMES)).parts,
    exec: (sql: string) => on.exec(sql, database),
    url: on.url({ database }),
    async [Symbol.asyncDispose]() {
      await repository.close();
      expect(unexpected).toEqual([]);
    },
  };
}

/** Returns what `check` reports about each section of a profile. */
export async function examineBy(profile: Profile, url: string) {
  const repository = openPostgresqlRepository({ url, profile });
  try {
    const examinations = (await repository.examine?.()) ?? [];
    return Object.fromEntries(examinations.map((one) => [one.section, one]));
  } finally {
    await repository.close();
  }
}

export const ALL_OK = Object.fromEntries(PART_NAMES.map((name) => [name, { ok: true }]));

/** `gates` is the SELECT under test. The breakers show whether others are read, and what is left of a table. */
export const profile = (gates: string) =>
  parseProfile(
    "mine",
    `-- dialect: postgresql
-- name: gates
${gates}
-- name: breakers
SELECT 'api' AS name, 'open' AS state, count(*) AS failures, NULL AS opened_at_ms FROM jobs`,
  );
export const OK_BREAKERS = { ok: true, value: [{ name: "api", failures: 1 }] };
export const gate = (waiting: string, scope = "'a'") =>
  `SELECT ${scope} AS scope, NULL AS holder_task_id, NULL AS acquired_at_ms, ${waiting} AS waiting`;

/** What a SELECT does, and its text. */
export const ATTACKS: readonly (readonly [what: string, sql: string])[] = [
  ["writes", gate("nextval('counter')")],
  ["locks rows", `${gate("id")} FROM jobs FOR UPDATE`],
  [
    "deletes",
    "DELETE FROM jobs RETURNING 'a' AS scope, NULL AS holder_task_id, NULL AS acquired_at_ms, 1 AS waiting",
  ],
  ["deletes in a WITH", `WITH gone AS (DELETE FROM jobs RETURNING 1) ${gate("1")}`],
  ["creates a table", gate("1 INTO stolen").replace(" AS waiting", "")],
  ["ends the transaction", "SELECT 1) AS a; COMMIT; DELETE FROM jobs; SELECT * FROM (SELECT 1"],
  ["is a block of code", "DO $$ BEGIN DELETE FROM jobs; END $$"],
  ["runs a program", "COPY jobs TO PROGRAM 'touch /tmp/orch-metrics-stolen'"],
  ["connects elsewhere", gate("1", "dblink_exec('dbname=postgres', 'DELETE FROM jobs')")],
  ["lifts the write protection", gate("1", "set_config('transaction_read_only', 'off', false)")],
  ["writes a file", gate("lo_export(1, '/tmp/orch-metrics-stolen')")],
  ["reads a file into the database", gate("lo_import('/etc/hostname')::int")],
];

/** Expects that the SELECT is rejected even for a superuser, and changes nothing. */
export async function expectRefused(server: PostgresqlServer, sql: string): Promise<void> {
  await using database = await readerOf(server);
  await database.exec("CREATE SEQUENCE counter");
  const repository = openPostgresqlRepository({ url: database.url, profile: profile(sql) });
  try {
    const { parts } = await repository.read(["gates", "breakers"]);
    expect(parts).toMatchObject({
      gates: { ok: false, failure: { code: "failed_precondition" } },
      breakers: OK_BREAKERS,
    });
    const { rows } = await database.exec(
      `SELECT (SELECT count(*) FROM jobs)::int AS jobs, (SELECT is_called FROM counter) AS called,
         to_regclass('stolen') AS stolen, (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory')::int AS locks,
         (SELECT count(*) FROM pg_stat_activity WHERE application_name = 'orch-metrics')::int > 0 AS connected`,
    );
    expect(rows).toEqual([{ jobs: 1, called: false, stolen: null, locks: 0, connected: true }]);
    expect(existsSync("/tmp/orch-metrics-stolen")).toBe(false);
  } finally {
    await repository.close();
  }
}
