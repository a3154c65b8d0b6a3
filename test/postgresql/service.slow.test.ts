/** The program over PostgreSQL with many clients and with every kind of role; and the password by a variable. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { eventually, runProgram, startProgram } from "../support/service.ts";
import { PASSWORD, type ServerWithPassword, startWithPassword } from "./with-password.ts";

let shared: ServerWithPassword;
beforeAll(async () => {
  shared = await startWithPassword();
});
afterAll(() => shared[Symbol.asyncDispose]());

describe("the service over PostgreSQL", () => {
  it("takes the password by PGPASSWORD, and answers", async () => {
    await using service = await startProgram(shared.url, { env: { PGPASSWORD: PASSWORD } });
    expect((await service.metrics()).stages?.counts).toEqual({ review: 1 });
    expect(await (await service.get("/status")).json()).toMatchObject({ stages: { review: 1 } });
    expect(service.log()).not.toContain(PASSWORD);
  });

  it("gives 500 clients their answers through at most two connections", { timeout: 120_000 }, async () => {
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

  it("warns of a role that could write", async () => {
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
