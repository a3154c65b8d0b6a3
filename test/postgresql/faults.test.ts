/** What can go wrong with a PostgreSQL server, made to go wrong: each fault degrades what it concerns, and passes. */
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseProfile } from "../../src/profiles/parse.ts";
import { openPostgresqlRepository, type PostgresqlOptions } from "../../src/repositories/postgresql/open.ts";
import { PART_NAMES } from "../../src/repositories/repository.ts";
import { type PostgresqlServer, REFERENCE_SCHEMA, startPostgresql } from "../support/postgresql.ts";
import { eventually } from "../support/service.ts";

const AT = "'2026-01-31T12:00:00.000Z'";

let server: PostgresqlServer;
beforeAll(async () => {
  server = await startPostgresql();
});
afterAll(() => server[Symbol.asyncDispose]());

/** A database of the reference schema with a role that may read it, and a repository for that role. */
async function reader(options: Partial<PostgresqlOptions> = {}, on = server) {
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

const ALL_SOUND = Object.fromEntries(PART_NAMES.map((name) => [name, { ok: true }]));

describe("a PostgreSQL server", () => {
  it("may be killed while readings run, and is read again once it is back", async () => {
    await using other = await startPostgresql();
    await using database = await reader({}, other);
    expect(await database.read()).toMatchObject(ALL_SOUND);
    let stopped = false;
    const readings = (async () => {
      while (!stopped) await database.read();
    })();
    await other.kill();
    stopped = true;
    await readings;
    const down = await database.read();
    for (const name of PART_NAMES)
      expect(down[name]).toMatchObject({ ok: false, fault: { code: "unavailable" } });
    await other.start();
    await eventually("it is read again", async () => (await database.read()).queue?.ok === true, 20);
    expect(await database.read()).toMatchObject(ALL_SOUND);
  });

  it("with no connection left for the role is unavailable, and read as soon as there is one", async () => {
    await using database = await reader();
    await database.exec(`ALTER ROLE ${database.role} CONNECTION LIMIT 0`);
    expect((await database.read()).queue).toMatchObject({
      ok: false,
      fault: { code: "unavailable", message: expect.stringContaining("no connection left") },
    });
    await database.exec(`ALTER ROLE ${database.role} CONNECTION LIMIT 2`);
    await eventually("it is read", async () => (await database.read()).queue?.ok === true, 20);
  });

  it("gives at most two connections, however many ask, under a name of their own", async () => {
    await using database = await reader();
    for (let round = 0; round < 5; round += 1) await Promise.all(Array.from({ length: 50 }, database.read));
    const { rows } = await database.exec(
      `SELECT count(*)::int AS connections FROM pg_stat_activity WHERE usename = '${database.role}' AND application_name = 'orch-metrics'`,
    );
    expect(rows[0].connections).toBeGreaterThan(0);
    expect(rows[0].connections).toBeLessThanOrEqual(2);
  });
});

describe("a table of PostgreSQL", () => {
  it("that the role may not read degrades its section alone, with the mend", async () => {
    await using database = await reader();
    await database.exec(`REVOKE SELECT ON serial_gates FROM ${database.role}`);
    expect(await database.read()).toMatchObject({
      ...ALL_SOUND,
      gates: {
        ok: false,
        fault: {
          code: "permission_denied",
          message: "the role may not read table serial_gates: GRANT SELECT (or USAGE, for a schema)",
        },
      },
    });
  });

  it("whose rows a policy hides is an error, not an empty table", async () => {
    await using database = await reader();
    await database.exec("ALTER TABLE jobs ENABLE ROW LEVEL SECURITY");
    const parts = await database.read();
    expect(parts.queue).toMatchObject({
      ok: false,
      fault: { code: "permission_denied", message: expect.stringContaining("would hide rows of jobs") },
    });
    expect(parts.stages).toMatchObject({ ok: true });
    expect(parts.cost).toMatchObject({ ok: true });
  });

  it("that is locked degrades its sections alone, and soon", async () => {
    await using database = await reader();
    await database.read();
    const client = new pg.Client({ connectionString: database.url });
    await client.connect();
    await client.query("BEGIN; LOCK TABLE tasks IN ACCESS EXCLUSIVE MODE");
    const began = performance.now();
    const parts = await database.read();
    expect(performance.now() - began).toBeLessThan(2_000);
    expect(parts.stages).toMatchObject({
      ok: false,
      fault: { code: "unavailable", message: "a table is locked; the next reading tries again" },
    });
    expect(parts.queue).toMatchObject({ ok: true });
    await client.end();
    expect(await database.read()).toMatchObject(ALL_SOUND);
  });

  it("that is missing, or whose column is, degrades its section until it is there again", async () => {
    await using database = await reader();
    await database.exec(
      "ALTER TABLE serial_gates RENAME COLUMN waiting TO queueing; DROP TABLE circuit_breakers",
    );
    expect(await database.read()).toMatchObject({
      ...ALL_SOUND,
      gates: {
        ok: false,
        fault: { code: "failed_precondition", message: "the database has no column waiting" },
      },
      breakers: {
        ok: false,
        fault: { code: "failed_precondition", message: "the database has no table circuit_breakers" },
      },
    });
    await database.exec("ALTER TABLE serial_gates RENAME COLUMN queueing TO waiting");
    expect((await database.read()).gates).toMatchObject({ ok: true });
  });

  it("may hold ten thousand running rows: all are counted, and the list is cut", async () => {
    await using database = await reader();
    await database.exec(
      `INSERT INTO agent_runs (id, agent, started_at) SELECT i, 'a', ${AT} FROM generate_series(1, 10000) AS i`,
    );
    await eventually("the sums are read", async () => (await database.read()).cost?.ok === true);
    const { agents, cost } = await database.read();
    if (!agents?.ok) throw new Error(JSON.stringify(agents));
    expect(agents.value.total).toBe(10_000);
    expect(agents.value.running).toHaveLength(1_000);
    expect(cost).toMatchObject({ ok: true, value: { byAgentModel: [{ usage: { runs: 10_000 } }] } });
  });
});

describe("a SELECT on PostgreSQL", () => {
  const profile = (gates: string) =>
    parseProfile(
      "mine",
      `-- dialect: postgresql
-- name: gates
${gates}
-- name: breakers
SELECT 'api' AS name, 'open' AS state, 1 AS failures, NULL AS opened_at_ms`,
    );
  const SOUND_BREAKERS = { ok: true, value: [{ name: "api", failures: 1 }] };

  it("that takes too long is stopped, and the others are read", async () => {
    const slow =
      "SELECT 'a' || pg_sleep(60) AS scope, NULL AS holder_task_id, NULL AS acquired_at_ms, 1 AS waiting";
    await using database = await reader({ profile: profile(slow), deadlineSeconds: 1 });
    expect(await database.read()).toMatchObject({
      gates: { ok: false, fault: { code: "deadline_exceeded" } },
      breakers: SOUND_BREAKERS,
    });
  });

  const attacks: [string, string][] = [
    [
      "writes",
      "SELECT 'a' AS scope, NULL AS holder_task_id, NULL AS acquired_at_ms, nextval('counter') AS waiting",
    ],
    [
      "locks rows",
      "SELECT 'a' AS scope, NULL AS holder_task_id, NULL AS acquired_at_ms, id AS waiting FROM jobs FOR UPDATE",
    ],
    [
      "deletes",
      "DELETE FROM jobs RETURNING 'a' AS scope, NULL AS holder_task_id, NULL AS acquired_at_ms, 1 AS waiting",
    ],
    [
      "deletes in a WITH",
      "WITH gone AS (DELETE FROM jobs RETURNING 1) SELECT 'a' AS scope, NULL AS holder_task_id, NULL AS acquired_at_ms, 1 AS waiting",
    ],
    ["ends the transaction", "SELECT 1) AS a; COMMIT; DELETE FROM jobs; SELECT * FROM (SELECT 1"],
  ];
  for (const [what, sql] of attacks) {
    it(`that ${what} is refused even for a role that may, and changes nothing`, async () => {
      const database = await reader();
      await database.exec("CREATE SEQUENCE counter");
      const repository = openPostgresqlRepository({ url: database.url, profile: profile(sql) });
      const { parts } = await repository.read(["gates", "breakers"]);
      await repository.close();
      expect(parts).toMatchObject({
        gates: { ok: false, fault: { code: "failed_precondition" } },
        breakers: SOUND_BREAKERS,
      });
      const { rows } = await database.exec(
        "SELECT (SELECT count(*) FROM jobs)::int AS jobs, (SELECT last_value FROM counter)::int AS counter, (SELECT is_called FROM counter) AS called",
      );
      expect(rows).toEqual([{ jobs: 1, counter: 1, called: false }]);
      await database[Symbol.asyncDispose]();
    });
  }

  it("is told every type that is not as expected, with the cast that mends it", async () => {
    const sql =
      "SELECT 7 AS scope, NULL AS holder_task_id, now() AS acquired_at_ms, sum(id::bigint) AS waiting FROM jobs";
    await using database = await reader({ profile: profile(sql) });
    const { gates } = await database.read();
    const message = gates?.ok === false ? gates.fault.message : "";
    expect(message).toContain(
      "line 2, section gates: column scope is integer where text is expected: cast it with ::text",
    );
    expect(message).toContain(
      "column acquired_at_ms is timestamp with time zone where int is expected: cast it with ::bigint",
    );
    expect(message).toContain("column waiting is numeric where int is expected: cast it with ::bigint");
  });
});
