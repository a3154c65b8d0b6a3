/** `check` and `serve` without `--profile`. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createDatabase } from "../support/database.ts";
import { eventually, runProgram, startProgram } from "../support/service.ts";

const FOLDER = new URL(".", import.meta.url).pathname;
const schemaOf = (system: string) => readFileSync(join(FOLDER, `${system}.schema.sql`), "utf8");

describe("the command line without --profile", () => {
  it("makes `check` report the detected profile, the one that would fit instead, or that none fits", async () => {
    using goose = createDatabase({ schema: schemaOf("goose") });
    const found = await runProgram(["check", "--database", goose.path]);
    expect(found.stdout).toMatch(/^ok +profile +goose, detected from the tables of the database$/m);
    expect(found.code).toBe(0);
    const other = await runProgram(["check", "--database", goose.path, "--profile", "prefect"]);
    expect(other.stdout).toMatch(
      /^FAILED +profile +the database fits another profile: use --profile goose$/m,
    );
    expect(other.code).toBe(1);
    using unknown = createDatabase({ schema: "CREATE TABLE notes (id INTEGER PRIMARY KEY, note TEXT)" });
    const none = await runProgram(["check", "--database", unknown.path]);
    expect(none.stdout).toContain("fits no shipped profile");
    expect(none.stdout).toContain("orch-metrics init");
    expect(none.code).toBe(1);
  });

  it("makes `serve` warn if a named profile does not fit", async () => {
    using goose = createDatabase({ schema: schemaOf("goose") });
    await using service = await startProgram(goose.path, { args: ["--profile", "plainjob"] });
    await eventually("the warning is logged", () => service.log().includes("use --profile goose"));
  });
});
