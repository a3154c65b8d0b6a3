/** No secret is told of a PostgreSQL database, nor of a SQLite one where `secrets.test.ts` does not ask. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { SCHEMA } from "../support/database.ts";
import { type PostgresqlServer, startPostgresql } from "../support/postgresql.ts";
import { eventually, runProgram, untilOk } from "../support/service.ts";
import { everything } from "./everything.ts";
import {
  commands,
  database,
  expectNoMark,
  faultyProfile,
  folder,
  MARK,
  removeDatabase,
  rows,
  start,
  write,
} from "./planted.ts";

describe("of a SQLite database no secret is told", { timeout: 120_000 }, () => {
  it("by the commands once it is stopped", async () => {
    write(rows("sqlite")).close();
    expectNoMark(await commands());
  });

  it("where the file is absent, no database, or damaged, whatever is asked", async () => {
    removeDatabase();
    await using program = await start();
    expectNoMark(await everything(program));
    expectNoMark(await commands());
    writeFileSync(database, MARK.repeat(1_000));
    expectNoMark(await everything(program));
    write(rows("sqlite"), "delete").close();
    writeFileSync(database, MARK.repeat(4_000), { flag: "r+" });
    expectNoMark(await everything(program));
    removeDatabase();
    mkdirSync(database);
    expectNoMark(await everything(program));
    removeDatabase();
  });

  it("where a value has the wrong type", async () => {
    await using program = await start();
    using connection = write(rows("sqlite", true));
    await eventually("it is told", async () => {
      await program.metrics();
      return program.log().includes("entered_at of stages holds a time that cannot be read");
    });
    expectNoMark(await everything(program));
    expectNoMark(await commands());
    expect(connection.open).toBe(true);
  });

  it("where the profile is broken", async () => {
    using connection = write(rows("sqlite"));
    await using other = await start({ ORCH_METRICS_PROFILE: faultyProfile() });
    await eventually(
      "it is told",
      async () => (await other.metrics()).stages?.error?.code === "failed_precondition",
    );
    expectNoMark(await everything(other));
    expect(connection.open).toBe(true);
  });

  it("by the commands where the profile is broken, or not there", async () => {
    using connection = write(rows("sqlite"));
    expectNoMark(await commands({ ORCH_METRICS_PROFILE: faultyProfile() }));
    expectNoMark(await commands({ ORCH_METRICS_PROFILE: join(folder, `${MARK}-missing.sql`) }));
    expect(connection.open).toBe(true);
  });

  it("where the path cannot be a path", async () => {
    await using program = await start({ ORCH_DATABASE: join(folder, MARK.repeat(40)) });
    expectNoMark(await everything(program));
  });
});

describe("of a PostgreSQL database no secret is told", { timeout: 120_000 }, () => {
  let server: PostgresqlServer;
  beforeAll(async () => {
    server = await startPostgresql({ passwords: ["reader"] });
    await server.exec([SCHEMA, ...rows("postgresql")].join(";\n"));
    await server.exec(
      `CREATE ROLE reader LOGIN PASSWORD '${MARK}-right'; GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader`,
    );
  }, 120_000);
  afterAll(() => server[Symbol.asyncDispose]());

  const url = (password: string, more: { port?: number; host?: string; name?: string } = {}) =>
    `postgres://reader:${password}@${more.host ?? "127.0.0.1"}:${more.port ?? server.port}/${more.name ?? "postgres"}`;

  it("while all is sound", async () => {
    const env = { ORCH_DATABASE: url(`${MARK}-right`) };
    await using program = await start(env);
    await untilOk(program);
    const told = await everything(program);
    expect(told).toContain("shown-title");
    expectNoMark(told);
    expectNoMark(await commands(env));
  });

  it("where the password is wrong, the server or the database is not there, or the URL is none", async () => {
    const wrong = [
      url(`${MARK}-wrong`),
      url(`${MARK}-right`, { port: 1 }),
      url(`${MARK}-right`, { host: `${MARK}.invalid` }),
      url(`${MARK}-right`, { name: `${MARK}-name` }),
    ];
    const refused = await runProgram(["check"], { ORCH_DATABASE: `postgres://reader:${MARK}@[` });
    expect(refused.stderr).toContain("invalid URL");
    expectNoMark(refused.stderr);
    for (const ORCH_DATABASE of wrong) {
      await using program = await start({ ORCH_DATABASE });
      await eventually("it is told", async () => (await program.metrics()).stages?.error != null, 30);
      expectNoMark(await everything(program));
    }
    expectNoMark(await commands({ ORCH_DATABASE: wrong[0] as string }));
    const { stderr } = await runProgram(["check", "--database", wrong[0] as string]);
    expect(stderr).toContain("contains a password");
    expectNoMark(stderr);
  });

  it("where the server refuses a SELECT, a value cannot be converted, or the server is killed", async () => {
    const profile = join(folder, "other.sql");
    writeFileSync(
      profile,
      `-- dialect: postgresql\n-- system: a test\n-- versions: 1\n-- terminal-stages: done\n
-- name: stages
SELECT id::text AS task_id, work_item, stage, prompt::bigint AS entered_at_ms, title FROM tasks

-- name: breakers
SELEC '${MARK}'

-- name: gates
SELECT scope, NULL AS holder_task_id, NULL::bigint AS acquired_at_ms, ('${MARK}' || scope)::int AS waiting FROM serial_gates
`,
    );
    const env = { ORCH_DATABASE: url(`${MARK}-right`), ORCH_METRICS_PROFILE: profile };
    await using program = await start(env);
    await eventually(
      "it is told",
      async () => (await program.metrics()).stages?.error?.code === "data_loss",
      60,
    );
    expectNoMark(await everything(program));
    expectNoMark(await commands(env));
    await server.exec("REVOKE SELECT ON tasks FROM reader");
    expectNoMark(await everything(program));
    await server.kill();
    expectNoMark(await everything(program));
  });
});
