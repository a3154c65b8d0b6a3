/** `orch-metrics profiles test` with the shipped profiles, and on a PostgreSQL server. */
import { describe, expect, it } from "vitest";
import { startPostgresql } from "../support/postgresql.ts";
import { eventually, runProgram } from "../support/service.ts";
import { FIGURES } from "./figures.ts";
import { DUMP, EXPECTED, files, PROFILE, run } from "./test-folder.ts";

describe("profiles test", () => {
  it("passes for the shipped profiles over databases of their systems", async () => {
    const folder = new URL("./fixtures/", import.meta.url);
    const { code, stdout } = await runProgram(["profiles", "test", folder.pathname]);
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: expect.stringMatching(new RegExp(`\n${Object.keys(FIGURES).length} passed, 0 failed\n$`)),
    });
  });

  it("creates a database for each PostgreSQL test, and drops it", async () => {
    await using server = await startPostgresql();
    await server.exec("CREATE ROLE reader LOGIN; CREATE TABLE work (id int)");
    const profile = PROFILE.replace("sqlite", "postgresql").replace("NULL AS model", "NULL::text AS model");
    const both = {
      "mine.dump.sql": DUMP,
      "mine.postgresql.dump.sql": `\\restrict x\n${DUMP}`,
      "mine.profile.sql": PROFILE,
      "mine.postgresql.profile.sql": profile,
      "mine.expected.json": EXPECTED,
      ...files("broken", { profile, dump: `${DUMP}SELECT 1;\nCREAT TABLE x (id int);` }),
    };
    const { code, lines } = await run(both, "--database", server.url());
    expect({ code, lines }).toEqual({
      code: 1,
      lines: [
        "FAILED  broken",
        '        cannot load line 6 of the dump: syntax error at or near "CREAT"',
        "ok      mine",
        "ok      mine.postgresql",
        "2 passed, 1 failed",
      ],
    });
    const temporary = async () =>
      (await server.exec("SELECT datname FROM pg_database WHERE datname LIKE 'orch_metrics%'")).rows;
    expect(await temporary()).toEqual([]);

    const refused = await run(files("mine", { profile }), "--database", server.url({ role: "reader" }));
    expect(refused.lines[1]?.trim()).toBe("the role cannot create a database: grant it CREATEDB");

    // Send a signal while the dump is being loaded.
    const slow = run(files("slow", { profile, dump: "SELECT pg_sleep(600)" }), "--database", server.url());
    await eventually("its database is there", async () => (await temporary()).length === 1);
    const [name = ""] = Object.values((await temporary())[0] ?? {});
    process.kill(Number(/_(\d+)_/.exec(String(name))?.[1]), "SIGINT");
    expect(await slow).toMatchObject({
      code: 1,
      lines: ["FAILED  slow", "        stopped by SIGINT", "0 passed, 1 failed"],
    });
    expect(await temporary()).toEqual([]);
  });
});
