/** Drafts from PostgreSQL: schemas, custom types, and missing rights. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type PostgresqlServer, REFERENCE_SCHEMA, startPostgresql } from "../support/postgresql.ts";
import { runProgram } from "../support/service.ts";
import { draftedFromServer } from "./drafting.ts";

let server: PostgresqlServer;
beforeAll(async () => {
  server = await startPostgresql();
}, 60_000);
afterAll(() => server[Symbol.asyncDispose]());

async function made(sql: string): Promise<string> {
  const database = await server.createDatabase();
  await server.exec(sql, database);
  return server.url({ database });
}

describe("a draft from PostgreSQL", () => {
  it("uses the right table in the schemas of the reference and of River", async () => {
    const river = readFileSync(new URL("../profiles/river.postgresql.schema.sql", import.meta.url), "utf8");
    for (const [sql, right] of [
      [REFERENCE_SCHEMA, ["jobs", "agent_runs"]],
      [river, ["river_job"]],
    ] as const) {
      const { names, problems } = await draftedFromServer(await made(sql));
      expect(right).toContain(names[0]);
      expect(problems).toEqual([]);
    }
  });

  it("qualifies a table whose schema is not in the search path", async () => {
    const url =
      await made(`CREATE SCHEMA "Work Flow"; CREATE SCHEMA app; CREATE TYPE app.job_state AS ENUM ('new', 'active', 'failed');
      CREATE TABLE "Work Flow"."jobRuns" (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), "jobState" app.job_state NOT NULL,
        "startedAt" timestamp, "finishedAt" timestamptz, "runAt" timestamptz, priority numeric, "retryCount" smallint, "workerPid" int,
        "costUsd" numeric(10, 4), "promptTokens" bigint);
      CREATE TABLE app.jobs (id bigserial PRIMARY KEY, note text);
      INSERT INTO "Work Flow"."jobRuns" ("jobState", "startedAt", "costUsd", "promptTokens") VALUES ('active', 'infinity', 0.5, 7)`);
    const { names, text, problems } = await draftedFromServer(url);
    expect(names).toEqual(["Work Flow.jobRuns", "app.jobs"]);
    expect(problems).toEqual([]);
    expect(text).toContain('FROM "Work Flow"."jobRuns"');
    // The labels of the type, of which only one is in use.
    expect(text.match(/WHEN .*/g)).toEqual([
      "WHEN 'new' THEN 'queued'",
      "WHEN 'active' THEN 'running' -- unsure",
      "WHEN 'failed' THEN 'failed'",
    ]);
    expect(text).toContain(
      '-- unsure: times assumed in UTC: otherwise set timezone in the header: "startedAt"',
    );
    const inPath = await draftedFromServer(`${url}?schema=Work%20Flow`);
    expect(inPath.names[0]).toBe("jobRuns");
    expect(inPath.problems).toEqual([]);
  });

  it("works from a partitioned table, a view, and a table with a composite key", async () => {
    const url =
      await made(`CREATE TABLE runs (day date, id bigint, state varchar(9), start_time double precision, PRIMARY KEY (day, id))
        PARTITION BY RANGE (day);
      CREATE TABLE runs_1 PARTITION OF runs FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
      INSERT INTO runs VALUES ('2026-11-26', 1, 'running', 1795687200.5);
      CREATE VIEW open_runs AS SELECT * FROM runs WHERE state <> 'done'`);
    const { names, text, problems } = await draftedFromServer(url);
    expect(names).toEqual(["runs", "open_runs"]);
    expect(text).toContain("id::text AS job_key");
    expect(problems).toEqual([]);
    expect((await draftedFromServer(url, "open_runs")).problems).toEqual([]);
  });

  it("works from a table that the role may not read, and states the required right", async () => {
    const url = await made(
      "CREATE TABLE jobs (id int PRIMARY KEY, status text, started_at timestamptz, secret text)",
    );
    const role = `reader_${Date.now()}`;
    await server.exec(`CREATE ROLE ${role} LOGIN`);
    const { text, problems } = await draftedFromServer(url.replace("postgres@", `${role}@`));
    expect(text).toContain("FROM jobs");
    expect(problems.join()).toContain("the role cannot read table jobs: GRANT SELECT");
  });

  it("is written by the program, which shows the URL as given but never a password", async () => {
    const url = await made("CREATE TABLE jobs (id int PRIMARY KEY, status text, started_at timestamptz)");
    const folder = mkdtempSync(join(tmpdir(), "orch-metrics-test-"));
    try {
      const [first, second] = [join(folder, "first.sql"), join(folder, "second.sql")];
      const given = await runProgram(["init", "--database", url, "--output", first]);
      expect(given).toMatchObject({ code: 0, stdout: "" });
      expect(given.stderr).toContain(
        `use the profile: orch-metrics serve --database ${url} --profile ${first}\n`,
      );
      const env = { ORCH_DATABASE: url.replace("postgres@", "postgres:sesame@") };
      const hidden = await runProgram(["init", "--output", second], env);
      expect(hidden.code).toBe(0);
      expect(hidden.stderr).toContain(`use the profile: orch-metrics serve --profile ${second}\n`);
      expect(hidden.stderr + readFileSync(second, "utf8")).not.toContain("sesame");
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
