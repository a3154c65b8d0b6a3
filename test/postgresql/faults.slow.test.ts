/** Real faults of a PostgreSQL server: each affects only its own sections, and passes. */
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openPostgresqlRepository, type PostgresqlOptions } from "../../src/repositories/postgresql/open.ts";
import { PART_NAMES } from "../../src/repositories/sql/read-parts.ts";
import { expectedProblems, MOST_COLUMNS, startsOf, withNulls } from "../profiles/untyped-nulls.ts";
import { type PostgresqlServer, startPostgresql } from "../support/postgresql.ts";
import { eventually } from "../support/service.ts";
import {
  ALL_OK,
  AT,
  ATTACKS,
  examineBy,
  expectRefused,
  gate,
  OK_BREAKERS,
  profile,
  readerOf,
} from "./reader.ts";

let server: PostgresqlServer;
beforeAll(async () => {
  server = await startPostgresql();
});
afterAll(() => server[Symbol.asyncDispose]());

const reader = (options: Partial<PostgresqlOptions> = {}) => readerOf(server, options);

describe("a PostgreSQL server", () => {
  it("may be killed during readings, and is read again once it is back", async () => {
    await using database = await reader();
    expect(await database.read()).toMatchObject(ALL_OK);
    let stopped = false;
    const readings = (async () => {
      while (!stopped) await database.read();
    })();
    await server.kill();
    stopped = true;
    await readings;
    const down = await database.read();
    for (const name of PART_NAMES)
      expect(down[name]).toMatchObject({ ok: false, failure: { code: "unavailable" } });
    await server.start();
    await eventually("it is read again", async () => (await database.read()).queue?.ok === true, 20);
    expect(await database.read()).toMatchObject(ALL_OK);
  });

  it("without a free connection for the role is unavailable, and is read once there is one", async () => {
    await using database = await reader();
    await database.exec(`ALTER ROLE ${database.role} CONNECTION LIMIT 0`);
    expect((await database.read()).queue).toMatchObject({
      ok: false,
      failure: { code: "unavailable", message: expect.stringContaining("no connection left") },
    });
    await database.exec(`ALTER ROLE ${database.role} CONNECTION LIMIT 2`);
    await eventually("it is read", async () => (await database.read()).queue?.ok === true, 20);
  });

  it("gets at most two connections from the service, for any number of clients, under the service's application name", async () => {
    await using database = await reader();
    await Promise.all(Array.from({ length: 60 }, database.read));
    const { rows } = await database.exec(
      `SELECT count(*)::int AS connections FROM pg_stat_activity WHERE usename = '${database.role}' AND application_name = 'orch-metrics'`,
    );
    expect(rows[0].connections).toBeGreaterThan(0);
    expect(rows[0].connections).toBeLessThanOrEqual(2);
  });

  it("that refuses connections is retried after growing pauses, for any number of clients", async () => {
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
        expect(parts.stages).toMatchObject({ ok: false, failure: { code: "unavailable" } });
        await sleep(5);
      }
      // The first attempt is immediate. Others follow after 0.25, 0.5 and 1 s.
      expect(tried).toBeGreaterThan(1);
      expect(tried).toBeLessThanOrEqual(4);
    } finally {
      await repository.close();
      refusing.close();
    }
  });
});

describe("a PostgreSQL table", () => {
  it("may have texts of any length: a title is truncated, and a name of more than 16 KiB fails its section", async () => {
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
      ...ALL_OK,
      stages: {
        ok: false,
        failure: {
          code: "data_loss",
          message: expect.stringContaining("column stage holds a text of more than 16 KiB"),
        },
      },
    });
  });

  it("that is locked fails only its sections, within two seconds", async () => {
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
      failure: { code: "unavailable", message: "a table is locked; the next reading retries" },
    });
    expect(parts.queue).toMatchObject({ ok: true });
    await client.end();
    expect(await database.read()).toMatchObject(ALL_OK);
  });

  it("may have ten thousand running rows: all are counted, and the list is truncated", async () => {
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
  it("that takes too long is stopped and paused for a while, and the others are read", async () => {
    const endless = gate("(SELECT count(*) FROM generate_series(1, 1000000000000))");
    await using database = await reader({ profile: profile(endless), deadlineSeconds: 1 });
    const stopped = {
      gates: { ok: false, failure: { code: "deadline_exceeded" } },
      breakers: OK_BREAKERS,
    };
    expect(await database.read()).toMatchObject(stopped);
    const { rows } = await database.exec(
      "SELECT count(*)::int AS running FROM pg_stat_activity WHERE state = 'active' AND query LIKE '%generate_series(1, 1000000000000)%' AND pid <> pg_backend_pid()",
    );
    expect(rows).toEqual([{ running: 0 }]);
    const began = performance.now();
    expect(await database.read()).toMatchObject(stopped);
    expect(performance.now() - began).toBeLessThan(1_000);
  });

  it("that has a parameter is rejected with the fix", async () => {
    const { gates } = await examineBy(profile(gate("1", "$1")), server.url());
    expect(gates?.problems).toEqual([
      "profile mine, line 2, section gates: the SELECT has a parameter: write its value instead",
    ]);
  });

  it("that reports another server's lost connection, like a foreign table's, fails alone", async () => {
    for (const code of ["08001", "08006", "57P01"]) {
      await using database = await reader({ profile: profile(gate("remote()")) });
      await database.exec(
        `CREATE FUNCTION remote() RETURNS integer LANGUAGE plpgsql AS $$ BEGIN RAISE SQLSTATE '${code}'; END $$`,
      );
      expect(await database.read()).toMatchObject({
        gates: { ok: false, failure: { code: "unavailable" } },
        breakers: OK_BREAKERS,
      });
    }
  });

  const large: readonly (readonly [what: string, sql: string])[] = [
    ["endless rows", `${gate("1", "g::text")} FROM generate_series(1, 1000000000) AS g`],
    ["a text of a gigabyte", gate("1", "repeat('x', 1000000000)")],
    ["many long texts", `${gate("1", "repeat(g::text, 1000000)")} FROM generate_series(1, 900) AS g`],
  ];
  for (const [what, sql] of large) {
    it(`that returns ${what} fails only its section, without using memory`, async () => {
      await using database = await reader({ profile: profile(sql), deadlineSeconds: 1 });
      const before = process.memoryUsage().rss;
      expect(await database.read()).toMatchObject({ gates: { ok: false }, breakers: OK_BREAKERS });
      expect(process.memoryUsage().rss - before).toBeLessThan(300 * 1024 * 1024);
      expect(await database.read()).toMatchObject({ gates: { ok: false }, breakers: OK_BREAKERS });
    });
  }

  for (const [what, sql] of ATTACKS) {
    it(`that ${what} is rejected even for a superuser, and changes nothing`, () =>
      expectRefused(server, sql));
  }

  it.each([
    ["takes an advisory lock", gate("1", "pg_advisory_lock(42)::text")],
    ["takes a lock in attribute notation", gate("1", "((42::bigint).pg_advisory_lock)::text")],
    ["lifts the limits", gate("1", "set_config('statement_timeout', '0', false)")],
    ["changes its role", gate("1", "set_config('role', 'pg_monitor', false)")],
    ["sends a notification", gate("1", "pg_notify('a', 'b')::text")],
  ])("that %s leaves the session unchanged", async (_what, sql) => {
    await using database = await reader({ profile: profile(sql) });
    expect(await database.read()).toMatchObject({ breakers: { ok: true } });
    const { rows } = await database.exec(
      "SELECT (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory')::int AS locks",
    );
    expect(rows).toEqual([{ locks: 0 }]);
    expect(await database.read()).toMatchObject({ breakers: { ok: true } });
  });

  it("that sleeps is stopped, and the others are read", async () => {
    await using database = await reader({
      profile: profile(gate("1", "pg_sleep(60)::text")),
      deadlineSeconds: 1,
    });
    expect(await database.read()).toMatchObject({
      gates: { ok: false, failure: { code: "deadline_exceeded" } },
      breakers: { ok: true },
    });
  });

  it("may leave NULL untyped in any nullable column, and is rejected with the name of any other", async () => {
    await using database = await reader();
    for (let index = 0; index < MOST_COLUMNS; index += 1) {
      for (const mine of withNulls("postgresql", "jobs", (_, at) => at === index))
        expect(startsOf(await examineBy(mine, database.url))).toEqual(expectedProblems(mine, index));
    }
  });
});
