/** A PostgreSQL server that is lost, refuses or lacks something: what that concerns degrades, and is read again. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseProfile } from "../../src/profiles/parse.ts";
import { openPostgresqlRepository, type PostgresqlOptions } from "../../src/repositories/postgresql/open.ts";
import { PART_NAMES } from "../../src/repositories/sql/read-parts.ts";
import { type PostgresqlServer, REFERENCE_SCHEMA, startPostgresql } from "../support/postgresql.ts";
import { eventually } from "../support/service.ts";
import { ALL_OK, AT, ATTACKS, expectRefused, profile, readerOf } from "./reader.ts";

let server: PostgresqlServer;
beforeAll(async () => {
  server = await startPostgresql();
});
afterAll(() => server[Symbol.asyncDispose]());

const reader = (options: Partial<PostgresqlOptions> = {}) => readerOf(server, options);

describe("a PostgreSQL server", () => {
  it("may be killed while readings run, and is read again once it is back", async () => {
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

  it("with no connection left for the role is unavailable, and read as soon as there is one", async () => {
    await using database = await reader();
    await database.exec(`ALTER ROLE ${database.role} CONNECTION LIMIT 0`);
    expect((await database.read()).queue).toMatchObject({
      ok: false,
      failure: { code: "unavailable", message: expect.stringContaining("no connection left") },
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

describe("a timestamp that names no zone", () => {
  const JOBS =
    "(SELECT (now() AT TIME ZONE 'UTC') + x * interval '1 minute' AS due FROM generate_series(-1, 2) AS x) AS jobs";
  const inDue = (header = "-- system: ours", jobs = JOBS) =>
    parseProfile(
      "mine",
      `-- dialect: postgresql
${header}
-- name: queue_counts
SELECT 'queued' AS status, 'q' AS native_status, 4 AS jobs
-- name: queue_ages
SELECT (extract(epoch FROM min(due::timestamptz) FILTER (WHERE due <= now())) * 1000)::bigint AS oldest_queued_at_ms, NULL::bigint AS oldest_running_at_ms,
  count(*) FILTER (WHERE due > now()) AS delayed_jobs,
  extract(epoch FROM min(due::timestamptz) FILTER (WHERE due > now())) * 1000 AS next_available_at_ms
FROM ${jobs}`,
    );

  it.each(["UTC", "Europe/Berlin", "America/Los_Angeles"])(
    "is UTC's where the database is in %s",
    async (zone) => {
      await using database = await reader({ profile: inDue() });
      await database.exec(`ALTER ROLE ${database.role} SET timezone = '${zone}'`);
      const { queue } = await database.read();
      expect(queue).toMatchObject({ ok: true, value: { delayedJobs: 2 } });
    },
  );

  it("is the profile's where its header names one", async () => {
    const jobs = JOBS.replace("'UTC'", "'Europe/Berlin'");
    await using database = await reader({ profile: inDue("-- timezone: Europe/Berlin", jobs) });
    const { queue } = await database.read();
    expect(queue).toMatchObject({ ok: true, value: { delayedJobs: 2 } });
    const { oldestQueuedAtMs, nextAvailableAtMs } = queue?.ok ? queue.value : {};
    expect(nextAvailableAtMs).toBe((oldestQueuedAtMs ?? 0) + 120_000);
    expect(Math.abs((nextAvailableAtMs ?? 0) - Date.now())).toBeLessThan(600_000);
  });

  it("is not taken for another zone's where the server does not know the profile's", async () => {
    const profile = { ...inDue(), timezone: "Mars/Olympus_Mons" };
    await using database = await reader({ profile });
    expect((await database.read()).queue).toMatchObject({
      ok: false,
      failure: {
        code: "failed_precondition",
        message: expect.stringContaining("does not know the time zone"),
      },
    });
  });

  it("that is infinite, and cast to a bigint, is data_loss with the form that is not", async () => {
    const jobs = "(SELECT '-infinity'::timestamp AS due FROM generate_series(1, 2)) AS jobs";
    await using database = await reader({ profile: inDue("-- system: ours", jobs) });
    expect((await database.read()).queue).toMatchObject({
      ok: false,
      failure: { code: "data_loss", message: expect.stringContaining("without ::bigint") },
    });
  });
});

describe("a number or time that no field can hold, on PostgreSQL", () => {
  it("costs its own field, and no section", async () => {
    const leftOut = new Set<string>();
    await using database = await reader({ onLeftOut: (message) => void leftOut.add(message) });
    await database.exec(
      `INSERT INTO tasks (id, work_item, stage, stage_entered_at, created_at, updated_at) VALUES
         (1, 'W', 'review', 'infinity', ${AT}, ${AT}), (2, 'W', 'review', '12000-01-01', ${AT}, ${AT});
       INSERT INTO jobs (id, kind, status, attempts, available_at, created_at) VALUES
         (2, 'a', 'queued', -1, 'infinity', ${AT}), (3, 'a', 'failed', 2147483647, ${AT}, ${AT}), (4, 'a', 'failed', 2147483647, ${AT}, ${AT});
       INSERT INTO circuit_breakers VALUES ('api', 'open', -1, '-infinity', 'infinity', ${AT});
       INSERT INTO agent_runs (id, agent, started_at, cost_usd, input_tokens) VALUES
         (1, 'a', ${AT}, 'NaN', 9223372036854775807), (2, 'a', ${AT}, 'Infinity', -1), (3, 'a', ${AT}, 0.5, 7)`,
    );
    const parts = await database.read();
    expect(parts).toMatchObject({
      ...ALL_OK,
      stages: { value: { tasks: [{ enteredAtMs: null }, { enteredAtMs: null }] } },
      queue: {
        value: { delayedJobs: 1, nextAvailableAtMs: null, retries: { retriedJobs: 2, attemptsTotal: 0 } },
      },
      breakers: {
        value: [{ failures: 0, openedAtMs: null, retryAtMs: null, updatedAtMs: Date.parse(AT.slice(1, -1)) }],
      },
      cost: {
        value: { byAgentModel: [{ usage: { runs: 3, pricedRuns: 1, costUsd: 0.5, inputTokens: 7 } }] },
      },
    });
    expect([...leftOut].join()).toContain("column entered_at_ms of stages holds a number out of range");
  });

  it("is no NULL without a type, either", async () => {
    const rows =
      "SELECT id AS job_key, status, NULL AS native_status, NULL AS attempts, NULL AS max_attempts, FALSE AS is_open FROM jobs";
    await using database = await reader({
      profile: parseProfile("mine", `-- dialect: postgresql\n-- name: job_history\n${rows}`),
    });
    expect((await database.read()).queue).toMatchObject({
      ok: true,
      value: { counts: [{ status: "done", jobs: 1 }], retries: null },
    });
  });
});

describe("a database of PostgreSQL in SQL_ASCII", () => {
  it("merges no texts that are not UTF-8: their section says so, and the others are read", async () => {
    await server.exec(
      "CREATE DATABASE bytes ENCODING 'SQL_ASCII' TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C'",
    );
    const text = (hex: string) => `convert_from('\\x${hex}', 'SQL_ASCII')`;
    await server.exec(
      `${REFERENCE_SCHEMA};
       INSERT INTO tasks (id, work_item, stage, stage_entered_at, created_at, updated_at) VALUES
         (1, 'W', ${text("636166e9")}, ${AT}, ${AT}, ${AT}), (2, 'W', ${text("636166e8")}, ${AT}, ${AT}, ${AT})`,
      "bytes",
    );
    const repository = openPostgresqlRepository({ url: server.url({ database: "bytes" }) });
    try {
      expect((await repository.read(PART_NAMES)).parts).toMatchObject({
        ...ALL_OK,
        stages: { ok: false, failure: { code: "data_loss", message: expect.stringContaining("not UTF-8") } },
      });
    } finally {
      await repository.close();
    }
  });
});

describe("a table of PostgreSQL", () => {
  it("that the role may not read degrades its section alone, with the fix", async () => {
    await using database = await reader();
    await database.exec(`REVOKE SELECT ON serial_gates FROM ${database.role}`);
    expect(await database.read()).toMatchObject({
      ...ALL_OK,
      gates: {
        ok: false,
        failure: {
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
      failure: { code: "permission_denied", message: expect.stringContaining("would hide rows of jobs") },
    });
    expect(parts.stages).toMatchObject({ ok: true });
    expect(parts.cost).toMatchObject({ ok: true });
  });

  it("that is missing, or whose column is, degrades its section until it is there again", async () => {
    await using database = await reader();
    await database.exec(
      "ALTER TABLE serial_gates RENAME COLUMN waiting TO queueing; DROP TABLE circuit_breakers",
    );
    expect(await database.read()).toMatchObject({
      ...ALL_OK,
      gates: {
        ok: false,
        failure: { code: "failed_precondition", message: "the database has no column waiting" },
      },
      breakers: {
        ok: false,
        failure: { code: "failed_precondition", message: "the database has no table circuit_breakers" },
      },
    });
    await database.exec("ALTER TABLE serial_gates RENAME COLUMN queueing TO waiting");
    expect((await database.read()).gates).toMatchObject({ ok: true });
  });
});

describe("a SELECT on PostgreSQL", () => {
  // The others are in the slow tests.
  for (const [what, sql] of ATTACKS.slice(0, 2)) {
    it(`that ${what} is refused even for a superuser, and changes nothing`, () => expectRefused(server, sql));
  }

  it("is told every type that is not as expected, with the cast that fixes it", async () => {
    const sql =
      "SELECT 7 AS scope, NULL AS holder_task_id, now() AS acquired_at_ms, sum(id::bigint) AS waiting FROM jobs";
    await using database = await reader({ profile: profile(sql) });
    const { gates } = await database.read();
    const message = gates?.ok === false ? gates.failure.message : "";
    expect(message).toContain(
      "line 3, section gates: column scope is integer where text is expected: cast it with ::text",
    );
    expect(message).toContain(
      "column acquired_at_ms is timestamp with time zone where int is expected: write extract(epoch FROM …) * 1000",
    );
    expect(message).toContain("column waiting is numeric where int is expected: cast it with ::bigint");
  });
});
