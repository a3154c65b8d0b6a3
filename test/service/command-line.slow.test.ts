/** The commands as their user types them: what only repeats what `command-line.test.ts` has, case by case. */
import { describe, expect, it } from "vitest";
import { createDatabase } from "../support/database.ts";
import { runProgram, startProgram } from "../support/service.ts";
import { BAD_SETTINGS, UNKNOWN_COMMAND } from "./bad-input.ts";
import { expectEndsOn, expectRefused } from "./ending.ts";

describe("bad input ends start-up with one line that names it and what is accepted", () => {
  for (const input of [...BAD_SETTINGS, UNKNOWN_COMMAND]) it(input.what, () => expectRefused(input));
});

describe("serve", () => {
  it("ends with 0 on SIGINT, within its five seconds, even while connections are open", async () => {
    using database = createDatabase();
    await using program = await startProgram(database.path);
    await expectEndsOn("SIGINT", program);
  });
});

describe("snapshot", () => {
  it("exits with 1 if a section failed and --fail is given, and prints the envelope all the same", async () => {
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
  it("ends with 1 for a database that is not there, and says so once, with its path", async () => {
    const missing = "/nowhere/orchestrator.db";
    const { code, stdout } = await runProgram(["check", "--database", missing]);
    expect(code).toBe(1);
    expect(stdout).toBe(
      "FAILED  database        /nowhere/orchestrator.db: unavailable: there is no database at the configured path yet\n" +
        (stdout.match(/^ok +procfs .*\n$/m)?.[0] ?? ""),
    );
  });
});
