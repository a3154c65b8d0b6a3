/** `orch-metrics check --watch` repeats the check while the user edits the profile. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createDatabase } from "../support/database.ts";
import { environment } from "../support/program.ts";
import { eventually, PROGRAM, runProgram } from "../support/service.ts";

const profile = (column: string) =>
  `-- dialect: sqlite\n-- name: jobs\nSELECT id AS job_key, ${column} AS status FROM jobs\n`;

describe("orch-metrics check --watch", () => {
  it("checks again when the file is written, replaced or invalid, and exits with the code of the last check", async () => {
    using database = createDatabase();
    const path = join(database.directory, "mine.sql");
    writeFileSync(path, profile("status"));
    const args = ["check", "--database", database.path, "--profile", path, "--watch"];
    const child = spawn(process.execPath, [PROGRAM, ...args], { env: environment() });
    let shown = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (shown += chunk));
    /** Waits until the output matches all patterns, and returns the output since the previous call. */
    async function next(...patterns: readonly RegExp[]): Promise<string> {
      await eventually(`it shows ${patterns}`, async () => patterns.every((one) => one.test(shown)), 30);
      const found = shown;
      shown = "";
      return found;
    }
    expect(await next(/^ {2}jobs .*\n.*\n/m)).not.toContain("---");
    writeFileSync(path, profile("stat"));
    expect(await next(/^--- \d\d:\d\d:\d\d ---$/m, /FAILED profile mine.*no column stat\n/)).toMatch(
      /^FAILED +queue/m,
    );
    rmSync(path);
    writeFileSync(`${path}~`, profile("status"));
    renameSync(`${path}~`, path);
    await next(/^---/m, /^ok +queue/m, /^ {2}jobs .*\n.*\n/m);
    // This version cannot be used at all. The next one may be valid.
    writeFileSync(path, "-- dialect: postgresql\n");
    await next(/^orch-metrics: profile mine is for postgresql/m);
    child.kill("SIGINT");
    expect((await once(child, "exit"))[0]).toBe(1);
  });

  it("rejects a shipped profile", async () => {
    const { code, stderr } = await runProgram([
      "check",
      "--database",
      "x.db",
      "--profile",
      "goose",
      "--watch",
    ]);
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr:
        'orch-metrics: --watch: the profile "goose" is a shipped one, which does not change: set --profile to the path of your own file\n',
    });
  });
});
