/** What can go wrong with a PostgreSQL server, made to go wrong: each fault degrades what it concerns, and passes. */
import { once } from "node:events";
import { existsSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
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

  it("that refuses connections is tried again after pauses that grow, however many ask", async () => {
    let tried = 0;
    const refusing = createServer((socket) => {
      tried += 1;
      socket.destroy();
    }).listen(0, "127.0.0.1");
    await once(refusing, "listening");
    const { port } = refusing.address() as AddressInfo;
    const repository = openPostgresqlRepository({ url: `postgres://a@127.0.0.1:${port}/a?sslmode=disable` });
    try {
      const end = performance.now() + 2_000;
      while (performance.now() < end) {
        const { parts } = await repository.read(["stages"]);
        expect(parts.stages).toMatchObject({ ok: false, fault: { code: "unavailable" } });
        await sleep(5);
      }
      // At once, and after 0.25, 0.5 and 1 s.
      expect(tried).toBeGreaterThan(1);
      expect(tried).toBeLessThanOrEqual(4);
    } finally {
      await repository.close();
      refusing.close();
    }
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
    await Promise.all(Array.from({ length: 60 }, database.read));
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

  it("holds titles and names of any length: a title is cut, a name of more than 16 KiB is its section's error", async () => {
    await using database = await reader();
    const insert = (id: number, stage: string, title: string) =>
      database.exec(
        `INSERT INTO tasks (id, work_item, title, stage, stage_entered_at, created_at, updated_at)
         VALUES (${id}, 'ORCH', ${title}, ${stage}, ${AT}, ${AT}, ${AT})`,
      );
    for (let id = 1; id <= 40; id += 1) await insert(id, "repeat('é', 8192)", "repeat('x', 1000000)");
    const { stages } = await database.read();
    expect(stages).toMatchObject({
      ok: true,
      value: { counts: [{ stage: "é".repeat(8192), tasks: 40 }] },
    });
    expect(stages?.ok && new Set(stages.value.tasks.map(({ title }) => title))).toEqual(
      new Set([`${"x".repeat(999)}…`]),
    );
    await insert(41, "repeat('é', 8193)", "''");
    expect(await database.read()).toMatchObject({
      ...ALL_SOUND,
      stages: {
        ok: false,
        fault: {
          code: "data_loss",
          message: expect.stringContaining("column stage holds a text of more than 16 KiB"),
        },
      },
    });
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

/** `gates` is the SELECT in question; the breakers tell whether others are read, and what is left of a table. */
const profile = (gates: string) =>
  parseProfile(
    "mine",
    `-- dialect: postgresql
-- name: gates
${gates}
-- name: breakers
SELECT 'api' AS name, 'open' AS state, count(*) AS failures, NULL AS opened_at_ms FROM jobs`,
  );
const SOUND_BREAKERS = { ok: true, value: [{ name: "api", failures: 1 }] };
const gate = (waiting: string, scope = "'a'") =>
  `SELECT ${scope} AS scope, NULL AS holder_task_id, NULL AS acquired_at_ms, ${waiting} AS waiting`;

describe("a SELECT on PostgreSQL", () => {
  it("that takes too long is stopped and left alone for a while, and the others are read", async () => {
    const endless = gate("(SELECT count(*) FROM generate_series(1, 1000000000000))");
    await using database = await reader({ profile: profile(endless), deadlineSeconds: 1 });
    const stopped = { gates: { ok: false, fault: { code: "deadline_exceeded" } }, breakers: SOUND_BREAKERS };
    expect(await database.read()).toMatchObject(stopped);
    const { rows } = await database.exec(
      "SELECT count(*)::int AS running FROM pg_stat_activity WHERE state = 'active' AND query LIKE '%generate_series(1, 1000000000000)%' AND pid <> pg_backend_pid()",
    );
    expect(rows).toEqual([{ running: 0 }]);
    const began = performance.now();
    expect(await database.read()).toMatchObject(stopped);
    expect(performance.now() - began).toBeLessThan(1_000);
  });

  const large: [what: string, sql: string][] = [
    ["rows without end", `${gate("1", "g::text")} FROM generate_series(1, 1000000000) AS g`],
    ["a text of a gigabyte", gate("1", "repeat('x', 1000000000)")],
    ["many long texts", `${gate("1", "repeat(g::text, 1000000)")} FROM generate_series(1, 900) AS g`],
  ];
  for (const [what, sql] of large) {
    it(`that returns ${what} costs its own section alone, and no memory`, async () => {
      await using database = await reader({ profile: profile(sql), deadlineSeconds: 1 });
      const before = process.memoryUsage().rss;
      expect(await database.read()).toMatchObject({ gates: { ok: false }, breakers: SOUND_BREAKERS });
      expect(process.memoryUsage().rss - before).toBeLessThan(300 * 1024 * 1024);
      expect(await database.read()).toMatchObject({ gates: { ok: false }, breakers: SOUND_BREAKERS });
    });
  }

  const attacks: [string, string][] = [
    ["writes", gate("nextval('counter')")],
    ["locks rows", `${gate("id")} FROM jobs FOR UPDATE`],
    [
      "deletes",
      "DELETE FROM jobs RETURNING 'a' AS scope, NULL AS holder_task_id, NULL AS acquired_at_ms, 1 AS waiting",
    ],
    ["deletes in a WITH", `WITH gone AS (DELETE FROM jobs RETURNING 1) ${gate("1")}`],
    ["makes a table", gate("1 INTO stolen").replace(" AS waiting", "")],
    ["ends the transaction", "SELECT 1) AS a; COMMIT; DELETE FROM jobs; SELECT * FROM (SELECT 1"],
    ["is a block of code", "DO $$ BEGIN DELETE FROM jobs; END $$"],
    ["runs a program", "COPY jobs TO PROGRAM 'touch /tmp/orch-metrics-stolen'"],
    ["connects elsewhere", gate("1", "dblink_exec('dbname=postgres', 'DELETE FROM jobs')")],
    ["lifts the limits", gate("1", "set_config('statement_timeout', '0', false)")],
    ["lifts the ban on writing", gate("1", "set_config('transaction_read_only', 'off', false)")],
    ["sleeps", gate("1", "pg_sleep(60)::text")],
    ["ends sessions", `${gate("pg_terminate_backend(pid)::int")} FROM pg_stat_activity`],
    ["takes an advisory lock", gate("1", "pg_advisory_lock(42)::text")],
    ["takes one by a quoted name", gate("1", 'pg_catalog . "pg_advisory_lock" /* ) */ (42)::text')],
    ["takes one by an escaped name", gate("1", String.raw`U&"pg\005fadvisory_lock"(42)::text`)],
    ["runs SQL from a text", gate("1", "query_to_xml('SELECT pg_advisory_lock(42)', true, true, '')::text")],
    ["writes a file", gate("lo_export(1, '/tmp/orch-metrics-stolen')")],
    ["reads a file into the database", gate("lo_import('/etc/hostname')::int")],
    ["tells others", gate("1", "pg_notify('a', 'b')::text")],
  ];
  for (const [what, sql] of attacks) {
    it(`that ${what} is refused even for a superuser, and changes nothing`, async () => {
      await using database = await reader();
      await database.exec("CREATE SEQUENCE counter");
      const repository = openPostgresqlRepository({ url: database.url, profile: profile(sql) });
      try {
        const { parts } = await repository.read(["gates", "breakers"]);
        expect(parts).toMatchObject({
          gates: { ok: false, fault: { code: "failed_precondition" } },
          breakers: SOUND_BREAKERS,
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
    });
  }

  it("may hold what only looks like a call, and functions that do nothing but read", async () => {
    const sql = `${gate("count(*)", `max('pg_sleep(1)' || $a$pg_sleep(1)$a$ || to_char(clock_timestamp(), 'YYYY') || "f"(1))`)}
      FROM (SELECT 1 AS pg_sleep) AS one -- pg_sleep(1)`;
    await using database = await reader({ profile: profile(sql) });
    await database.exec("CREATE FUNCTION f(i int) RETURNS text LANGUAGE sql STABLE AS 'SELECT i::text'");
    expect(await database.read()).toMatchObject({ gates: { ok: true, value: [{ waiting: 1 }] } });
  });

  it("is told every type that is not as expected, with the cast that mends it", async () => {
    const sql =
      "SELECT 7 AS scope, NULL AS holder_task_id, now() AS acquired_at_ms, sum(id::bigint) AS waiting FROM jobs";
    await using database = await reader({ profile: profile(sql) });
    const { gates } = await database.read();
    const message = gates?.ok === false ? gates.fault.message : "";
    expect(message).toContain(
      "line 3, section gates: column scope is integer where text is expected: cast it with ::text",
    );
    expect(message).toContain(
      "column acquired_at_ms is timestamp with time zone where int is expected: cast it with ::bigint",
    );
    expect(message).toContain("column waiting is numeric where int is expected: cast it with ::bigint");
  });
});
