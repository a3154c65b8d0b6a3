/**
 * A PostgreSQL server that disappears, rejects or lacks something: the affected sections fail, and are read
 * again later.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseProfile } from "../../src/profiles/parse.ts";
import { openPostgresqlRepository, type PostgresqlOptions } from "../../src/repositories/postgresql/open.ts";
import { PART_NAMES } from "../../src/repositories/sql/read-parts.ts";
import { withNulls } from "../profiles/untyped-nulls.ts";
import { type PostgresqlServer, REFERENCE_SCHEMA, startPostgresql } from "../support/postgresql.ts";
import { closedPort, refusal, startAnswering } from "./other-servers.ts";
import { ALL_OK, AT, ATTACKS, examineBy, expectRefused, gate, profile, readerOf } from "./reader.ts";

let server: PostgresqlServer;
beforeAll(async () => {
  server = await startPostgresql();
});
afterAll(() => server[Symbol.asyncDispose]());

const reader = (options: Partial<PostgresqlOptions> = {}) => readerOf(server, options);

/** Returns the counts of the stages, or why they cannot be read. */
async function stagesAt(url: string): Promise<unknown> {
  const repository = openPostgresqlRepository({
    url,
    onUnexpected: (error) => expect.unreachable(String(error)),
  });
  try {
    const { stages } = (await repository.read(["stages"])).parts;
    return stages?.ok
      ? Object.fromEntries(stages.value.counts.map(({ stage, tasks }) => [stage, tasks]))
      : stages?.failure.message;
  } finally {
    await repository.close();
  }
}

describe("a URL's parameters", () => {
  const task = (schema: string, stage: string) =>
    `INSERT INTO ${schema}.tasks VALUES (1, 'ORCH-1', 't', '${stage}', ${AT}, ${AT}, ${AT})`;
  let url: string;
  beforeAll(async () => {
    const database = await server.createDatabase();
    await server.exec(
      `${REFERENCE_SCHEMA}; CREATE SCHEMA "Orch"; CREATE TABLE "Orch".tasks AS TABLE public.tasks;
       ${task("public", "plan")}; ${task('"Orch"', "review")}`,
      database,
    );
    url = server.url({ database });
  });

  it.each([
    ["", { plan: 1 }],
    ["schema=Orch", { review: 1 }],
    ["search_path=%22Orch%22,public", { review: 1 }],
    ["currentSchema=public,%22Orch%22", { plan: 1 }],
    ["options=-c%20search_path=%22Orch%22", { review: 1 }],
    ["schema=orch", "the database has no table tasks"],
    ["search_path=a,,b", expect.stringContaining("the server refuses the setting search_path")],
    ["options=-c%20nothing=1", expect.stringContaining("the server refuses the setting nothing")],
    ["target_session_attrs=primary", { plan: 1 }],
    ["target_session_attrs=read-write", { plan: 1 }],
    ["target_session_attrs=prefer-standby", { plan: 1 }],
    ["target_session_attrs=read-only&options=-c%20default_transaction_read_only=on", { plan: 1 }],
    [
      "target_session_attrs=standby",
      "no server of the URL is standby, which its target_session_attrs requires",
    ],
    [
      "target_session_attrs=read-only",
      "no server of the URL is read-only, which its target_session_attrs requires",
    ],
    ["channel_binding=require", "the server does not support channel_binding, which the URL requires"],
    ["shema=Orch", `the URL's parameter shema is not supported (did you mean "schema"?)`],
  ])("decide what is read: %s", async (query, expected) => {
    expect(await stagesAt(`${url}?${query}`)).toEqual(expected);
  });

  it("give further servers for one that is unreachable or not PostgreSQL", async () => {
    await using web = await startAnswering(
      "HTTP/1.1 400 Bad Request\r\n\r\n",
      "HTTP/1.1 400 Bad Request\r\n\r\n",
    );
    await using starting = await startAnswering(refusal("57P03", "the database system is starting up"));
    const others = [await closedPort(), web.port, starting.port].map((port) => `127.0.0.1:${port}`);
    const several = url.replace("@", `@${others.join(",")},`);
    expect(await stagesAt(several)).toEqual({ plan: 1 });
    expect(
      await stagesAt(several.replace("@", "@127.0.0.1:1,").replace(/postgres@(.*),[^,]*\//, "nobody@$1/")),
    ).toBe("the server is starting or stopping; the service keeps retrying");
  });
});

describe("a server that responds with an error", () => {
  it("is reported as rejecting the role or the database", async () => {
    expect(await stagesAt(server.url({ role: "nobody" }))).toContain("PostgreSQL has no such role");
    expect(await stagesAt(server.url({ database: "nothing" }))).toBe("the server has no such database yet");
    const closed = await server.createDatabase();
    await server.exec(`CREATE ROLE guest LOGIN; REVOKE CONNECT ON DATABASE ${closed} FROM public`);
    expect(await stagesAt(server.url({ role: "guest", database: closed }))).toBe(
      "the role cannot connect to the database: GRANT CONNECT",
    );
  });

  it.each([
    ["08P01", "unsupported startup parameter: options", "refuses the startup parameter options"],
    ["08P01", "unsupported startup parameter in options: search_path", "the startup parameter search_path"],
    ["08P01", 'no such database: "app"', "no such role or database"],
    ["08P01", "no more connections allowed (max_client_conn)", "no connection left"],
    ["08P01", "query_wait_timeout", "refused the connection"],
    ["28000", 'no pg_hba.conf entry for host "10.0.0.1", user "app"', "see the server's pg_hba.conf"],
    ["28P01", 'password authentication failed for user "app"', "refused the password"],
    ["53300", "sorry, too many clients already", "no connection left"],
    ["57P03", "the database system is starting up", "is starting or stopping"],
    ["55000", 'database "app" is not currently accepting connections', "accepts no connections"],
    ["XX000", "Tenant or user not found", "no such role"],
  ])("is not reported as unreachable: %s %s", async (code, said, expected) => {
    await using other = await startAnswering(refusal(code, said));
    const answer = await stagesAt(`postgres://app@127.0.0.1:${other.port}/app`);
    expect(answer).toContain(expected);
    expect(answer).not.toContain("cannot be reached");
  });

  it.each([
    ["HTTP/1.1 400 Bad Request\r\n\r\n", "", "not a PostgreSQL server"],
    ["HTTP/1.1 400 Bad Request\r\n\r\n", "?sslmode=disable", "not a PostgreSQL server"],
    ["\x15\x03\x01\x00\x02\x02\x0a", "?sslmode=require", "not a PostgreSQL server"],
    ["N", "?sslmode=require", "the server does not support TLS"],
    [refusal("53300", "sorry"), "", "responded to the request for TLS with an error"],
  ])("is reported as using another protocol: %j %s", async (answer, query, expected) => {
    await using other = await startAnswering(answer, answer);
    expect(await stagesAt(`postgres://app@127.0.0.1:${other.port}/app${query}`)).toContain(expected);
  });
});

describe("a timestamp without a zone", () => {
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
    "is in UTC if the database is in %s",
    async (zone) => {
      await using database = await reader({ profile: inDue() });
      await database.exec(`ALTER ROLE ${database.role} SET timezone = '${zone}'`);
      const { queue } = await database.read();
      expect(queue).toMatchObject({ ok: true, value: { delayedJobs: 2 } });
    },
  );

  it("is in the profile's zone if the header names one", async () => {
    const jobs = JOBS.replace("'UTC'", "'Europe/Berlin'");
    await using database = await reader({ profile: inDue("-- timezone: Europe/Berlin", jobs) });
    const { queue } = await database.read();
    expect(queue).toMatchObject({ ok: true, value: { delayedJobs: 2 } });
    const { oldestQueuedAtMs, nextAvailableAtMs } = queue?.ok ? queue.value : {};
    expect(nextAvailableAtMs).toBe((oldestQueuedAtMs ?? 0) + 120_000);
    expect(Math.abs((nextAvailableAtMs ?? 0) - Date.now())).toBeLessThan(600_000);
  });

  it("is not read in another zone if the server does not know the profile's", async () => {
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

  it("that is infinite and cast to bigint is data_loss, with the form that works", async () => {
    const jobs = "(SELECT '-infinity'::timestamp AS due FROM generate_series(1, 2)) AS jobs";
    await using database = await reader({ profile: inDue("-- system: ours", jobs) });
    expect((await database.read()).queue).toMatchObject({
      ok: false,
      failure: { code: "data_loss", message: expect.stringContaining("without ::bigint") },
    });
  });
});

describe("a number or time that is out of range for its field on PostgreSQL", () => {
  it("leaves only its own field empty", async () => {
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
        value: { delayedJobs: 1, nextAvailableAtMs: null, retries: { retriedJobs: 2, attemptsTotal: null } },
      },
      breakers: {
        value: [
          { failures: null, openedAtMs: null, retryAtMs: null, updatedAtMs: Date.parse(AT.slice(1, -1)) },
        ],
      },
      cost: {
        value: { byAgentModel: [{ usage: { runs: 3, pricedRuns: 1, costUsd: 0.5, inputTokens: 7 } }] },
      },
    });
    expect([...leftOut].join()).toContain("column entered_at of stages holds a time that cannot be read");
  });

  it("may be an untyped NULL", async () => {
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

describe("a PostgreSQL database in SQL_ASCII", () => {
  it("does not merge texts that are not UTF-8: their section fails, and the others are read", async () => {
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

describe("a PostgreSQL table", () => {
  it("that the role may not read fails only its section, with the fix", async () => {
    await using database = await reader();
    await database.exec(`REVOKE SELECT ON serial_gates FROM ${database.role}`);
    expect(await database.read()).toMatchObject({
      ...ALL_OK,
      gates: {
        ok: false,
        failure: {
          code: "permission_denied",
          message: "the role cannot read table serial_gates: GRANT SELECT (or USAGE, for a schema)",
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

  it("that is missing, or lacks a column, fails its section until it is there again", async () => {
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
  // The slow tests have the others.
  for (const [what, sql] of ATTACKS.slice(0, 2)) {
    it(`that ${what} is rejected even for a superuser, and changes nothing`, () =>
      expectRefused(server, sql));
  }

  it("has every unexpected type reported with the cast that fixes it", async () => {
    const sql =
      "SELECT 7 AS scope, NULL AS holder_task_id, now() AS acquired_at_ms, sum(id::bigint) AS waiting FROM jobs";
    await using database = await reader({ profile: profile(sql) });
    const { gates } = await database.read();
    const message = gates?.ok === false ? gates.failure.message : "";
    expect(message).toContain(
      "line 3, section gates: column scope is integer, but text is expected: cast it with ::text",
    );
    expect(message).toContain(
      "column acquired_at_ms is timestamp with time zone, but milliseconds are expected: select a timestamp, text or number AS acquired_at",
    );
    expect(message).toContain("column waiting is numeric, but int is expected: cast it with ::bigint");
  });

  it("has its types checked even if its table is empty, each with the conversion", async () => {
    const refused: Record<string, string> = {
      "v::text": "is text, but int is expected: cast it with ::bigint",
      "(SELECT v FROM (SELECT 'a' AS v) AS s)": "is text, but int is expected: cast it with ::bigint",
      "'soon'": "is text, but int is expected: cast it with ::bigint",
      "v::boolean": "is boolean, but int is expected: cast it with ::int",
      "v::date": "is date, but int is expected: convert it with extract(epoch FROM x) * 1000",
      "v::json": "is json, but int is expected: convert it with (x #>> '{}')::bigint",
      "string_to_array(v, ',')::int[]": "is integer[], but int is expected: select one of its elements",
      "v::bytea": "is bytea, but int is expected: cast it with ::bigint",
    };
    await using database = await reader();
    await database.exec("CREATE TABLE empty (v text)");
    for (const [value, reason] of Object.entries(refused)) {
      const mine = profile(`${gate(value)} FROM empty`);
      expect((await examineBy(mine, database.url)).gates?.problems.join()).toContain(
        `profile mine, line 3, section gates: column waiting ${reason}`,
      );
    }
    const mine = profile(gate("1", "'\\xff'::bytea"));
    expect((await examineBy(mine, database.url)).gates?.problems.join()).toContain("encode(x, 'hex')");
  });

  it("may return a UUID for a text, and call a function that is VOLATILE by default", async () => {
    const uuid = "018f4e9a-0000-7000-8000-000000000001";
    await using database = await reader({ profile: profile(gate("waiting()", `'${uuid}'::uuid`)) });
    await database.exec("CREATE FUNCTION waiting() RETURNS int LANGUAGE plpgsql AS 'BEGIN RETURN 3; END'");
    expect((await database.read()).gates).toMatchObject({ ok: true, value: [{ scope: uuid, waiting: 3 }] });
  });

  it("may leave NULL untyped in each nullable column", async () => {
    for (const mine of withNulls("postgresql", "jobs", ({ nullable }) => nullable)) {
      await using database = await reader({ profile: mine });
      expect(await database.read()).toMatchObject(ALL_OK);
    }
  });

  it("may leave NULL untyped in each part of a UNION", async () => {
    const union = `${gate("NULL")} UNION ALL ${gate("NULL", "'b'")}`;
    await using database = await reader({ profile: profile(union) });
    expect((await database.read()).gates).toMatchObject({
      ok: true,
      value: [{ waiting: null }, { waiting: null }],
    });
  });

  it("that fails is named by its section", async () => {
    await using database = await reader({ profile: profile(`${gate("kind::bigint")} FROM jobs`) });
    expect((await database.read()).gates).toMatchObject({
      failure: { message: expect.stringContaining("the SELECT of section gates cannot convert a value") },
    });
  });

  it("reports how many rows it visits, with a warning about a scan only if the scan is expensive", async () => {
    await using database = await reader({ profile: profile(`${gate("id")} FROM jobs WHERE kind = 'b'`) });
    const gates = async () =>
      (await database.repository.examine?.())?.find(({ section }) => section === "gates");
    expect(await gates()).toMatchObject({ scans: true, rows: 0, visits: { rows: 1 }, warnings: [] });
    await database.exec(
      "INSERT INTO jobs (id, kind, status, available_at, created_at) SELECT x, 'a', 'done', '', '' FROM generate_series(2, 20000) AS x",
    );
    expect(await gates()).toMatchObject({
      visits: { rows: 20_000 },
      warnings: [expect.stringMatching(/^gates visits 20,000 rows for 0, and scans a whole table/)],
    });
    await database.exec("CREATE INDEX jobs_by_kind ON jobs (kind); ANALYZE jobs");
    expect(await gates()).toMatchObject({ scans: false, visits: { rows: 0 }, warnings: [] });
  });
});
