/**
 * What is nobody's business stays in: marks are planted in every column that the contract does not show, in the
 * environment and in the names of files, everything is asked of the service, and no mark comes out.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { SCHEMA } from "../support/database.ts";
import { type PostgresqlServer, startPostgresql } from "../support/postgresql.ts";
import { eventually, runProgram, startProgram, untilSound } from "../support/service.ts";
import { everything } from "./everything.ts";

const MARK = "plantedsecret";
const AT = "2026-01-31T12:00:00.000Z";

/** Text that the contract shows as it is. All other text has a mark in it. */
const SHOWN: Readonly<Record<string, readonly string[]>> = {
  tasks: ["work_item", "title", "stage"],
  jobs: ["kind", "status"],
  agent_runs: ["agent", "model", "host"],
  circuit_breakers: ["name", "state"],
  serial_gates: ["scope"],
};

/** Shown as times: marked only where that is to break them. */
const TIMES = /^(stage_entered|available|started|heartbeat|opened|retry|updated|acquired)_at$/;

/** Columns that real orchestrators have beside. */
const MORE = ["prompt", "payload", "error", "result"];

const ENVIRONMENT = {
  PGPASSWORD: `${MARK}-password`,
  ANTHROPIC_API_KEY: `${MARK}-key`,
  SOME_TOKEN: `${MARK}-token`,
};

/** The statements that fill the reference schema: marks where nothing is shown; in the times and numbers too. */
function rows(dialect: "sqlite" | "postgresql", breaksAll = false): readonly string[] {
  const schema = new Database(":memory:");
  schema.exec(SCHEMA);
  const statements = Object.entries(SHOWN).flatMap(([table, shown]) => {
    const alter = MORE.map((name) => `ALTER TABLE ${table} ADD COLUMN ${name} TEXT`);
    const columns = schema.pragma(`table_info(${table})`) as { name: string; type: string; pk: number }[];
    const values = columns.map(({ name, type, pk }) => {
      const mark = `'${MARK}-${table}-${name}'`;
      if (name === "finished_at" && table === "agent_runs") return "NULL";
      if (shown.includes(name)) return name === "status" ? "'running'" : `'shown-${name}'`;
      if (type === "TEXT" && !TIMES.test(name)) return mark;
      if (name === "updated_at" && table === "tasks") return mark;
      if (breaksAll && pk === 0 && !name.endsWith("_id")) return mark;
      return type === "TEXT" ? `'${AT}'` : name.endsWith("_id") && table === "serial_gates" ? "NULL" : "1";
    });
    const more = MORE.map((name) => `'${MARK}-${table}-${name}'`);
    const names = [...columns.map(({ name }) => name), ...MORE].join(", ");
    return [...alter, `INSERT INTO ${table} (${names}) VALUES (${[...values, ...more].join(", ")})`];
  });
  schema.close();
  return dialect === "sqlite" ? statements : statements.map((sql) => sql.replaceAll("'shown-host'", "NULL"));
}

let folder: string;
let database: string;
beforeAll(() => {
  folder = join(mkdtempSync(join(tmpdir(), "orch-metrics-test-")), `${MARK}-folder`);
  mkdirSync(folder);
  database = join(folder, `${MARK}.db`);
});
afterAll(() => rmSync(join(folder, ".."), { recursive: true }));

/** A live database at the path; closing it stops its orchestrator. */
function write(statements: readonly string[], journal = "wal"): Database.Database {
  rmSync(database, { force: true });
  const connection = new Database(database);
  connection.pragma(`journal_mode = ${journal}`);
  connection.exec([SCHEMA, ...statements].join(";\n"));
  return connection;
}

const start = (env: Record<string, string> = {}, args: readonly string[] = []) =>
  startProgram(undefined, {
    env: { ...ENVIRONMENT, ORCH_DATABASE: database, ...env },
    args: ["--log-level", "debug", ...args],
  });

function expectNoMark(text: string): void {
  const at = text.toLowerCase().indexOf(MARK);
  expect(at < 0 ? "" : text.slice(Math.max(0, at - 200), at + 60)).toBe("");
}

async function commands(env: Record<string, string> = {}): Promise<string> {
  const all = { ...ENVIRONMENT, ORCH_DATABASE: database, ORCH_METRICS_LOG_LEVEL: "debug", ...env };
  const outputs = [await runProgram(["check"], all), await runProgram(["snapshot"], all)];
  return outputs.flatMap(({ stdout, stderr }) => [stdout, stderr]).join("\n");
}

describe("of a SQLite database no secret is told", { timeout: 120_000 }, () => {
  it("while all is sound, live and stopped; what the contract shows is", async () => {
    const connection = write(rows("sqlite"));
    await using program = await start();
    await untilSound(program);
    const live = await everything(program);
    for (const name of [
      "work_item",
      "title",
      "stage",
      "kind",
      "agent",
      "model",
      "host",
      "name",
      "state",
      "scope",
    ])
      expect(live).toContain(`shown-${name}`);
    expectNoMark(live);
    expectNoMark(await commands());
    connection.close();
    await untilSound(program);
    expectNoMark(await everything(program));
    expectNoMark(await commands());
  });

  it("where a value has the wrong type", async () => {
    using connection = closing(write(rows("sqlite", true)));
    await using program = await start();
    await eventually(
      "it is told",
      async () => (await program.metrics()).stages?.error?.code === "data_loss",
      60,
    );
    expectNoMark(await everything(program));
    expectNoMark(await commands());
    expect(connection.open).toBe(true);
  });

  it("where the file is absent, no database, or damaged", async () => {
    rmSync(database, { force: true });
    await using program = await start();
    expectNoMark(await everything(program));
    expectNoMark(await commands());
    writeFileSync(database, MARK.repeat(1_000));
    expectNoMark(await everything(program));
    write(rows("sqlite"), "delete").close();
    writeFileSync(database, MARK.repeat(4_000), { flag: "r+" });
    expectNoMark(await everything(program));
    rmSync(database);
    mkdirSync(database);
    expectNoMark(await everything(program));
    rmSync(database, { recursive: true });
  });

  it("where a table or a column is missing, or the path cannot be a path", async () => {
    using connection = closing(write(rows("sqlite")));
    connection.exec("DROP TABLE serial_gates; ALTER TABLE jobs RENAME COLUMN attempts TO tries");
    await using program = await start();
    await eventually(
      "it is told",
      async () => (await program.metrics()).queue?.error?.code === "failed_precondition",
      60,
    );
    expectNoMark(await everything(program));
    await using other = await start({ ORCH_DATABASE: join(folder, MARK.repeat(40)) });
    expectNoMark(await everything(other));
  });

  it("where the profile is broken, or not there", async () => {
    using connection = closing(write(rows("sqlite")));
    const profile = join(folder, "mine.sql");
    const header = "-- dialect: sqlite\n-- system: a test\n-- versions: 1\n-- terminal-stages: done\n";
    const sections = [
      `-- name: stages\nSELEC '${MARK}' FROM tasks`,
      `-- name: queue_ages\nSELECT '${MARK}' AS nonsense`,
      `-- name: breakers\nDELETE FROM tasks WHERE title = '${MARK}'`,
      `-- name: gates\nSELECT scope, '${MARK}' AS holder_task_id, '${MARK}' AS acquired_at_ms, '${MARK}' AS waiting FROM serial_gates`,
    ];
    writeFileSync(profile, [header, ...sections].join("\n\n"));
    await using program = await start({ ORCH_METRICS_PROFILE: profile });
    await eventually(
      "it is told",
      async () => (await program.metrics()).stages?.error?.code === "failed_precondition",
      60,
    );
    expectNoMark(await everything(program));
    expectNoMark(await commands({ ORCH_METRICS_PROFILE: profile }));
    expectNoMark(await commands({ ORCH_METRICS_PROFILE: join(folder, `${MARK}-missing.sql`) }));
    expect(connection.open).toBe(true);
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
    await untilSound(program);
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
      `postgres://reader:${MARK}@[`,
    ];
    for (const ORCH_DATABASE of wrong) {
      await using program = await start({ ORCH_DATABASE });
      await eventually("it is told", async () => (await program.metrics()).stages?.error != null, 30);
      expectNoMark(await everything(program));
    }
    expectNoMark(await commands({ ORCH_DATABASE: wrong[0] as string }));
    const { stderr } = await runProgram(["check", "--database", wrong[0] as string]);
    expect(stderr).toContain("leave it out");
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

function closing(connection: Database.Database): Database.Database & Disposable {
  return Object.assign(connection, { [Symbol.dispose]: () => void connection.close() });
}
