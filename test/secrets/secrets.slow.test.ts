/** No secret of a PostgreSQL database leaks, nor of a SQLite one in situations that `secrets.test.ts` omits. */
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

describe("no secret of a SQLite database leaks", { timeout: 120_000 }, () => {
  it("through the commands once it is stopped", async () => {
    write(rows("sqlite")).close();
    expectNoMark(await commands());
  });

  it("if the file is missing, not a database or damaged, for any request", async () => {
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

  it("if a value has the wrong type", async () => {
    await using program = await start();
    using connection = write(rows("sqlite", true));
    await eventually("it is reported", async () => {
      await program.metrics();
      return program.log().includes("entered_at of stages holds a time that cannot be read");
    });
    expectNoMark(await everything(program));
    expectNoMark(await commands());
    expect(connection.open).toBe(true);
  });

  it("if the profile is invalid", async () => {
    using connection = write(rows("sqlite"));
    await using other = await start({ ORCH_METRICS_PROFILE: faultyProfile() });
    await eventually(
      "it is reported",
      async () => (await other.metrics()).stages?.error?.code === "failed_precondition",
    );
    expectNoMark(await everything(other));
    expect(connection.open).toBe(true);
  });

  it("through the commands if the profile is invalid or missing", async () => {
    using connection = write(rows("sqlite"));
    expectNoMark(await commands({ ORCH_METRICS_PROFILE: faultyProfile() }));
    expectNoMark(await commands({ ORCH_METRICS_PROFILE: join(folder, `${MARK}-missing.sql`) }));
    expect(connection.open).toBe(true);
  });

  it("if the path is not a valid path", async () => {
    await using program = await start({ ORCH_DATABASE: join(folder, MARK.repeat(40)) });
    expectNoMark(await everything(program));
  });
});

describe("no secret of a PostgreSQL database leaks", { timeout: 120_000 }, () => {
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

  it("if everything can be read", async () => {
    const env = { ORCH_DATABASE: url(`${MARK}-right`) };
    await using program = await start(env);
    await untilOk(program);
    const output = await everything(program);
    expect(output).toContain("shown-title");
    expectNoMark(output);
    expectNoMark(await commands(env));
  });

  it("if the password is wrong, the server or database is missing, or the URL is invalid", async () => {
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
      await eventually("it is reported", async () => (await program.metrics()).stages?.error != null, 30);
      expectNoMark(await everything(program));
    }
    expectNoMark(await commands({ ORCH_DATABASE: wrong[0] as string }));
    const { stderr } = await runProgram(["check", "--database", wrong[0] as string]);
    expect(stderr).toContain("contains a password");
    expectNoMark(stderr);
  });

  it("if the server rejects a SELECT, a value cannot be converted, or the server is killed", async () => {
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
      "it is reported",
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
