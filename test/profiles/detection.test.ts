/**
 * Detection of the profile if none is named: the one whose every SELECT the database accepts, never a guess.
 */
import { readFileSync, renameSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { shippedFor } from "../../src/profiles/shipped.ts";
import { chosen, detectingRepository } from "../../src/repositories/detect.ts";
import { openSqliteRepository } from "../../src/repositories/sqlite/open.ts";
import { createDatabase, type TestDatabase, task } from "../support/database.ts";
import { eventually, startProgram } from "../support/service.ts";

const FOLDER = new URL(".", import.meta.url).pathname;
const schemaOf = (system: string) => readFileSync(join(FOLDER, `${system}.schema.sql`), "utf8");

function openDetecting(database: TestDatabase) {
  return detectingRepository({
    candidates: shippedFor("sqlite"),
    open: (profile) => openSqliteRepository({ databasePath: database.path, profile, deadlineSeconds: 30 }),
    askAgainMilliseconds: 0,
  });
}

describe("the profile of a database", () => {
  it("is detected later if the file is missing, locked or partly migrated", async () => {
    using database = createDatabase({ schema: "", journal: "delete" });
    renameSync(database.path, `${database.path}.later`);
    const repository = openDetecting(database);
    const failure = async () => {
      const { parts } = await repository.read(["stages"]);
      return parts.stages?.ok === false ? parts.stages.failure : undefined;
    };
    expect(await failure()).toMatchObject({ code: "unavailable" });
    renameSync(`${database.path}.later`, database.path);
    expect(await failure()).toMatchObject({
      code: "failed_precondition",
      message: expect.stringContaining("accepts none of their SELECTs"),
    });
    const [first = "", ...others] = schemaOf("prefect").split(/(?=CREATE TABLE)/);
    database.connection.exec(first + others[0]);
    expect(repository.profile).toBeUndefined();
    database.connection.exec(others.slice(1).join(""));
    database.connection.exec("BEGIN EXCLUSIVE");
    expect(await failure()).toMatchObject({ code: "unavailable" });
    database.connection.exec("COMMIT");
    expect(await failure()).toBeUndefined();
    expect(repository.profile?.name).toBe("prefect");
    await repository.close();
  });

  it("stays the same until only another one fits, and then changes with the tables", async () => {
    using database = createDatabase({ schema: schemaOf("goose") });
    const repository = openDetecting(database);
    const taken = async () => {
      await repository.read(["stages", "cost"]);
      return repository.profile?.name;
    };
    expect(await taken()).toBe("goose");
    database.connection.exec(schemaOf("prefect"));
    expect(await taken()).toBe("goose");
    database.connection.exec("DROP TABLE sessions");
    expect(await taken()).toBe("prefect");
    await repository.close();
  });

  it("is the reference with some sections if half of its tables are missing", async () => {
    using database = createDatabase();
    database.insert("tasks", task(1, "developing"));
    database.connection.exec("DROP TABLE jobs; DROP TABLE serial_gates");
    await using service = await startProgram(database.path);
    await eventually("it is read", async () => (await service.metrics()).stages?.error === null);
    const { stages, queue, agents } = await service.metrics();
    expect(stages?.counts).toEqual({ developing: 1 });
    expect(agents?.error).toBeNull();
    expect(queue?.error).toMatchObject({
      code: "failed_precondition",
      message: "the database has no table jobs",
    });
    await eventually("it is logged", () => service.log().includes("with the profile reference"));
  });

  it("is never guessed: no fit and several fits are reported with the fix", () => {
    const counted = (profile: string, accepted: number, selects: number) => ({ profile, accepted, selects });
    const why = (...fits: ReturnType<typeof counted>[]) => {
      const choice = chosen(fits);
      return choice.ok ? choice.value : choice.failure.message;
    };
    expect(why(counted("reference", 2, 12), counted("river", 4, 4), counted("goose", 0, 1))).toBe("river");
    expect(why(counted("reference", 6, 12), counted("goose", 0, 1))).toBe("reference");
    expect(why(counted("reference", 12, 12), counted("goose", 1, 1))).toBe(
      "the database fits several profiles: reference (all SELECTs), goose (all SELECTs): choose one with --profile",
    );
    expect(why(counted("reference", 5, 12), counted("river", 3, 4))).toBe(
      "the database fits no shipped profile: the nearest is river (3 of 4 SELECTs); draft one with `orch-metrics init`, or set --profile",
    );
  });
});
