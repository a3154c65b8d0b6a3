import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runProgram, startProgram } from "../support/service.ts";
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
});
