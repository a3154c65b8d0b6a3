/** The program over PostgreSQL, as its user starts it: TLS, passwords, and what it says of its role. */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type PostgresqlServer, REFERENCE_SCHEMA, startPostgresql } from "../support/postgresql.ts";
import { eventually, runProgram, startProgram } from "../support/service.ts";

const PASSWORD = "marked-secret";
const AT = "'2026-01-31T12:00:00.000Z'";

let server: PostgresqlServer;
let directory: string;
beforeAll(async () => {
  server = await startPostgresql({ tls: true, passwords: ["reader"] });
  directory = mkdtempSync(join(tmpdir(), "orch-metrics-test-"));
  await server.exec(
    `${REFERENCE_SCHEMA};
     INSERT INTO tasks VALUES (1, 'ORCH-1', 't', 'review', ${AT}, ${AT}, ${AT});
     CREATE ROLE reader LOGIN PASSWORD '${PASSWORD}'; GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader`,
  );
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  rmSync(directory, { recursive: true, force: true });
});

/** A file that PGPASSFILE may name: readable by its owner alone. */
function passwordFile(): string {
  const path = join(directory, "pgpass");
  writeFileSync(path, `*:*:*:reader:${PASSWORD}\n`);
  chmodSync(path, 0o600);
  return path;
}

const url = () => server.url({ role: "reader" });

describe("the service over PostgreSQL", () => {
  const ways: [string, () => { database: string; env: Record<string, string> }][] = [
    ["PGPASSFILE", () => ({ database: url(), env: { PGPASSFILE: passwordFile() } })],
    ["PGPASSWORD", () => ({ database: url(), env: { PGPASSWORD: PASSWORD } })],
  ];
  for (const [name, how] of ways) {
    it(`takes the password by ${name}, and answers`, async () => {
      const { database, env } = how();
      await using service = await startProgram(database, { env });
      expect((await service.metrics()).stages?.counts).toEqual({ review: 1 });
      expect(await (await service.get("/status")).json()).toMatchObject({ stages: { review: 1 } });
      expect(service.log()).not.toContain(PASSWORD);
    });
  }

  it("says that a password is wrong, and neither the log nor an answer holds it", async () => {
    await using service = await startProgram(url(), { env: { PGPASSWORD: `${PASSWORD}-wrong` } });
    const envelope = await service.metrics();
    expect(envelope.stages?.error).toMatchObject({
      code: "permission_denied",
      message: "PostgreSQL refused the password: set PGPASSFILE or PGPASSWORD",
    });
    expect(await (await service.get("/health")).text()).toBe('{"status":"ok"}');
    expect((await service.get("/status")).status).toBe(503);
    expect(JSON.stringify(envelope) + service.log()).not.toContain(PASSWORD);
  });

  it("refuses a password in the flag, which every user of the machine sees, without repeating it", async () => {
    const { code, stderr } = await runProgram([
      "check",
      "--database",
      `postgres://reader:${PASSWORD}@127.0.0.1/x`,
    ]);
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /^orch-metrics: --database holds a password, which `ps` shows to everybody: .*PGPASSFILE/,
    );
    expect(stderr).not.toContain(PASSWORD);
  });

  it("takes the URL with its password by the environment", async () => {
    const withPassword = url().replace("reader@", `reader:${PASSWORD}@`);
    const { code, stdout } = await runProgram(["snapshot"], { ORCH_DATABASE: withPassword });
    expect(code).toBe(0);
    expect(JSON.parse(stdout).stages.counts).toEqual({ review: 1 });
  });

  it("gives 500 clients their answers through at most two connections", { timeout: 120_000 }, async () => {
    await using service = await startProgram(url(), { env: { PGPASSWORD: PASSWORD } });
    const statuses = await Promise.all(
      Array.from({ length: 500 }, async () => {
        const response = await service.get("/metrics");
        await response.arrayBuffer();
        return response.status;
      }),
    );
    expect(new Set(statuses)).toEqual(new Set([200]));
    const { rows } = await server.exec(
      "SELECT count(*)::int AS connections FROM pg_stat_activity WHERE application_name = 'orch-metrics' AND usename = 'reader'",
    );
    expect(rows[0].connections).toBeGreaterThan(0);
    expect(rows[0].connections).toBeLessThanOrEqual(2);
  });

  it("says why a password file is not used that others may read", async () => {
    const path = passwordFile();
    chmodSync(path, 0o644);
    const { stdout } = await runProgram(["snapshot", "--database", url()], { PGPASSFILE: path });
    expect(JSON.parse(stdout).stages.error).toEqual({
      code: "permission_denied",
      message: expect.stringContaining("PGPASSFILE to a file that nobody else may read (chmod 600)"),
    });
  });

  it("warns of a role that could write", async () => {
    await using service = await startProgram(server.url());
    await eventually("it is ready", () => service.log().includes("is a superuser"));
    await server.exec(
      "CREATE ROLE writer LOGIN; GRANT INSERT ON tasks TO writer; GRANT SELECT ON ALL TABLES IN SCHEMA public TO writer",
    );
    const { stdout } = await runProgram(["check", "--database", server.url({ role: "writer" })]);
    expect(stdout).toMatch(
      /^warning +role +the role writer may write 1 tables; the service needs SELECT only/m,
    );
    await server.exec(
      "CREATE ROLE keeper LOGIN CREATEDB; GRANT CREATE ON SCHEMA public TO keeper; GRANT pg_signal_backend TO keeper",
    );
    const { stdout: kept } = await runProgram(["check", "--database", server.url({ role: "keeper" })]);
    expect(kept).toMatch(
      /the role keeper may create tables in public, do what pg_signal_backend may, create databases; the service/,
    );
    const { stdout: sound } = await runProgram(["check", "--database", url()], { PGPASSWORD: PASSWORD });
    expect(sound).not.toContain("warning");
    expect(sound).toMatch(
      /^ {2}queue_running \(line \d+\): 0 rows in [\d.]+ ms\n {4}Index Scan using jobs_status/m,
    );
  });
});
