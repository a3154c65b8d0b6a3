/**
 * The program over PostgreSQL with many clients and every kind of role, and with the password in a variable or a file.
 */
import { chmodSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { eventually, runProgram, startProgram } from "../support/service.ts";
import { closedPort } from "./other-servers.ts";
import { PASSWORD, type ServerWithPassword, startWithPassword } from "./with-password.ts";

let shared: ServerWithPassword;
beforeAll(async () => {
  shared = await startWithPassword();
});
afterAll(() => shared[Symbol.asyncDispose]());

describe("the service over PostgreSQL", () => {
  it("reads the password through PGPASSFILE", async () => {
    await using service = await startProgram(shared.url, { env: { PGPASSFILE: shared.passwordFile() } });
    const { stages, agents, cost } = await service.metrics();
    expect(stages?.counts).toEqual({ review: 1 });
    const finished = agents?.finished?.map(({ run_id, finished_at, exit_code, usage }) => [
      ...[run_id, finished_at, exit_code, usage?.cost_usd],
    ]);
    expect(finished).toEqual([
      ["1", "2026-01-31T12:02:00Z", 0, 1.5],
      ["3", "2026-01-31T12:01:00Z", -9, null],
    ]);
    expect(cost?.totals).toMatchObject({ runs: 3, priced_runs: 1, cost_usd: 1.5 });
    expect(await (await service.get("/status")).json()).toMatchObject({ stages: { review: 1 } });
    expect(service.log()).not.toContain(PASSWORD);
  });

  it("reports a wrong password, and neither the log nor a response contains it", async () => {
    await using service = await startProgram(shared.url, { env: { PGPASSWORD: `${PASSWORD}-wrong` } });
    const envelope = await service.metrics();
    expect(envelope.stages?.error).toMatchObject({
      code: "permission_denied",
      message: "PostgreSQL refused the password: set PGPASSFILE or PGPASSWORD",
    });
    expect(await (await service.get("/health")).text()).toBe('{"status":"ok"}');
    expect((await service.get("/status")).status).toBe(503);
    expect(JSON.stringify(envelope) + service.log()).not.toContain(PASSWORD);
  });

  it("rejects a password in the flag, which every local user can see, without repeating it", async () => {
    const { code, stderr } = await runProgram([
      "check",
      "--database",
      `postgres://reader:${PASSWORD}@127.0.0.1/x`,
    ]);
    expect(code).toBe(2);
    expect(stderr).toMatch(
      /^orch-metrics: --database contains a password, which `ps` shows to every user: .*PGPASSFILE/,
    );
    expect(stderr).not.toContain(PASSWORD);
  });

  it("reads the password from PGPASSWORD", async () => {
    await using service = await startProgram(shared.url, { env: { PGPASSWORD: PASSWORD } });
    expect((await service.metrics()).stages?.counts).toEqual({ review: 1 });
    expect(await (await service.get("/status")).json()).toMatchObject({ stages: { review: 1 } });
    expect(service.log()).not.toContain(PASSWORD);
  });

  it("reads the URL with its password from the environment", async () => {
    const withPassword = shared.url.replace("reader@", `reader:${PASSWORD}@`);
    const { code, stdout } = await runProgram(["snapshot"], { ORCH_DATABASE: withPassword });
    expect(code).toBe(0);
    expect(JSON.parse(stdout).stages.counts).toEqual({ review: 1 });
  });

  it("reads the schema from the second server of another program's URL, and trusts it through the system's CA store", async () => {
    await shared.server.exec(
      `CREATE SCHEMA orch; CREATE TABLE orch.tasks AS TABLE public.tasks; UPDATE orch.tasks SET stage = 'merge';
       GRANT USAGE ON SCHEMA orch TO reader; GRANT SELECT ON orch.tasks TO reader`,
    );
    const url = shared.url
      .replace(
        "postgres://reader@",
        `PostgreSQL+asyncpg://reader:${PASSWORD}@127.0.0.1:${await closedPort()},`,
      )
      .concat("?schema=orch&pool_size=5&channel_binding=require&sslmode=verify-full&sslrootcert=system");
    const certificate = fileURLToPath(new URL("../support/tls/certificate.pem", import.meta.url));
    const { stdout, stderr } = await runProgram(["snapshot", "--profile", "reference"], {
      ORCH_DATABASE: url,
      SSL_CERT_FILE: certificate,
    });
    expect(JSON.parse(stdout).stages.counts).toEqual({ merge: 1 });
    expect(stdout + stderr).not.toMatch(/marked-secret|asyncpg/);
  });

  it("explains why it ignores a password file that others may read", async () => {
    const path = shared.passwordFile();
    chmodSync(path, 0o644);
    const { stdout } = await runProgram(["snapshot", "--database", shared.url], { PGPASSFILE: path });
    expect(JSON.parse(stdout).stages.error).toEqual({
      code: "permission_denied",
      message: expect.stringContaining("PGPASSFILE to a file that only this user can read (chmod 600)"),
    });
  });

  it("warns about a role that may write", async () => {
    const { stdout } = await runProgram(["check", "--database", shared.server.url({ role: "writer" })]);
    expect(stdout).toMatch(
      /^warning +role +the role writer can write to 1 tables, but the service needs only SELECT/m,
    );
  });

  it("serves 500 clients through at most two connections", { timeout: 120_000 }, async () => {
    await using service = await startProgram(shared.url, { env: { PGPASSWORD: PASSWORD } });
    const statuses = await Promise.all(
      Array.from({ length: 500 }, async () => {
        const response = await service.get("/metrics");
        await response.arrayBuffer();
        return response.status;
      }),
    );
    expect(new Set(statuses)).toEqual(new Set([200]));
    const { rows } = await shared.server.exec(
      "SELECT count(*)::int AS connections FROM pg_stat_activity WHERE application_name = 'orch-metrics' AND usename = 'reader'",
    );
    expect(rows[0].connections).toBeGreaterThan(0);
    expect(rows[0].connections).toBeLessThanOrEqual(2);
  });

  it("warns about a role that can obtain write access", async () => {
    await using service = await startProgram(shared.server.url());
    await eventually("it is ready", () => service.log().includes("is a superuser"));
    const { stdout } = await runProgram(["check", "--database", shared.server.url({ role: "writer" })]);
    expect(stdout).toMatch(
      /^warning +role +the role writer can write to 1 tables, but the service needs only SELECT/m,
    );
    await shared.server.exec(
      "CREATE ROLE keeper LOGIN CREATEDB; GRANT CREATE ON SCHEMA public TO keeper; GRANT pg_signal_backend TO keeper",
    );
    const { stdout: kept } = await runProgram(["check", "--database", shared.server.url({ role: "keeper" })]);
    expect(kept).toMatch(
      /the role keeper can create tables in public, act as pg_signal_backend, create databases, but the service/,
    );
    const { stdout: sound } = await runProgram(["check", "--database", shared.url], { PGPASSWORD: PASSWORD });
    expect(sound).not.toContain("warning");
    expect(sound).toMatch(
      /^ {2}queue_running \(line \d+\): 0 rows of 0 visited, [\d.]+ ms\n {4}Index Scan using jobs_status/m,
    );
  });
});
