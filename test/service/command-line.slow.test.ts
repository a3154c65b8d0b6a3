/**
 * Runs the commands as a user types them. These cases repeat behaviour of `command-line.test.ts` one by one.
 */
import { describe, expect, it } from "vitest";
import { createDatabase } from "../support/database.ts";
import { runProgram, startProgram } from "../support/service.ts";
import { BAD_SETTINGS, UNKNOWN_COMMAND } from "./bad-input.ts";
import { expectEndsOn, expectRefused } from "./ending.ts";

describe("startup fails with a one-line error for", () => {
  for (const input of [...BAD_SETTINGS, UNKNOWN_COMMAND]) it(input.what, () => expectRefused(input));
});

describe("serve", () => {
  it("exits with 0 within five seconds of SIGINT, even with open connections", async () => {
    using database = createDatabase();
    await using program = await startProgram(database.path);
    await expectEndsOn("SIGINT", program);
  });
});

describe("snapshot", () => {
  it("exits with 1 if --fail is given and a section fails, and still prints the envelope", async () => {
    using database = createDatabase();
    database.connection.exec("DROP TABLE serial_gates");
    const failed = await runProgram(["snapshot", "--database", database.path], { ORCH_METRICS_FAIL: "yes" });
    expect([failed.code, JSON.parse(failed.stdout).queue.gates.error.code]).toEqual([
      1,
      "failed_precondition",
    ]);
  });
});

describe("check", () => {
  it("exits with 1 if the database does not exist, and prints its path once", async () => {
    const missing = "/nowhere/orchestrator.db";
    const { code, stdout } = await runProgram(["check", "--database", missing]);
    expect(code).toBe(1);
    expect(stdout).toBe(
      "FAILED  database        /nowhere/orchestrator.db: unavailable: there is no database at the configured path yet\n" +
        (stdout.match(/^ok +procfs .*\n$/m)?.[0] ?? ""),
    );
  });
});
