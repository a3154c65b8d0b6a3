/** The program over PostgreSQL, as its user starts it: TLS, passwords, and what it says of its role. */
import { chmodSync, copyFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type PostgresqlServer, REFERENCE_SCHEMA, startPostgresql } from "../support/postgresql.ts";
import { eventually, runProgram, startProgram } from "../support/service.ts";

const PASSWORD = "marked-secret";
const AT = "'2026-01-31T12:00:00.000Z'";
const tls = (file: string) => new URL(`../support/tls/${file}`, import.meta.url).pathname;

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

  it("speaks TLS as sslmode says: verified against a certificate, or not at all", async () => {
    const certificate = join(directory, "root.pem");
    copyFileSync(tls("certificate.pem"), certificate);
    const env = { PGPASSWORD: PASSWORD };
    const trusted = `${url()}?sslmode=verify-full&sslrootcert=${certificate}`;
    const read = async (database: string) => {
      const { stdout } = await runProgram(["snapshot", "--database", database, "--log-level", "silent"], env);
      return JSON.parse(stdout).stages;
    };
    expect((await read(trusted)).counts).toEqual({ review: 1 });
    expect((await read(`${url()}?sslmode=require`)).counts).toEqual({ review: 1 });
    expect((await read(`${url()}?sslmode=verify-full`)).error).toMatchObject({
      code: "failed_precondition",
      message: expect.stringContaining("the server's certificate is not trusted"),
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
    const { stdout: sound } = await runProgram(["check", "--database", url()], { PGPASSWORD: PASSWORD });
    expect(sound).not.toContain("warning");
    expect(sound).toMatch(
      /^ {2}queue_running \(line \d+\): 0 rows in [\d.]+ ms\n {4}Index Scan using jobs_status/m,
    );
  });
});
