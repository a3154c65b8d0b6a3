import { chmodSync, chownSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createDatabase, type TestDatabase } from "../support/database.ts";
import { INSERT_TASK } from "../support/orchestrator.ts";
import { AS_NOBODY } from "../support/other-user.ts";
import { type Elsewhere, readMounted, startElsewhere } from "./elsewhere.ts";

describe("a user other than the orchestrator's", AS_NOBODY, () => {
  let elsewhere: Elsewhere;
  beforeAll(() => {
    elsewhere = startElsewhere();
  });
  afterAll(() => elsewhere[Symbol.asyncDispose]());

  /** Creates a live database, written by this process, in a folder with this mode. */
  function inFolder(mode: number): TestDatabase {
    const database = createDatabase();
    chmodSync(database.directory, mode);
    return database;
  }

  it("reads a live database in a folder that it may not write", async () => {
    using database = inFolder(0o755);
    database.connection.exec(INSERT_TASK);
    expect(await elsewhere.read(database.path)).toBe(1);
  });

  it("reads a stopped one in such a folder, and leaves no file", async () => {
    using database = inFolder(0o755);
    database.connection.exec(INSERT_TASK);
    database.stop();
    expect(await elsewhere.read(database.path)).toBe(1);
    expect(readdirSync(database.directory)).toEqual(["orchestrator.db"]);
  });

  it("fails if it may write the folder, and the orchestrator keeps writing", async () => {
    using database = inFolder(0o777);
    chownSync(database.path, 1, 1);
    expect(await elsewhere.read(database.path)).toMatchObject({
      code: "failed_precondition",
      message: expect.stringContaining("run as the owner"),
    });
    database.connection.exec(INSERT_TASK);
  });

  it("leaves no file in a writable folder after a clean stop", async () => {
    using database = inFolder(0o777);
    database.connection.exec(INSERT_TASK);
    database.stop();
    expect(await elsewhere.read(database.path)).toBe(1);
    expect(readdirSync(database.directory)).toEqual(["orchestrator.db"]);
  });

  for (const suffix of ["", "-wal", "-shm"]) {
    it(`gets an error that names the file it may not read: the database${suffix}`, async () => {
      using database = inFolder(0o755);
      chmodSync(database.path + suffix, 0o600);
      expect(await elsewhere.read(database.path)).toMatchObject({
        code: "permission_denied",
        message: expect.stringContaining(suffix === "" ? "the database file" : suffix),
      });
    });
  }

  it("gets an error that says to mount the folder if only the file is mounted", () => {
    using database = createDatabase();
    database.connection.exec(INSERT_TASK);
    const folder = mkdtempSync(join(tmpdir(), "orch-metrics-test-"));
    const mounted = join(folder, "orchestrator.db");
    writeFileSync(mounted, "");
    const failure = readMounted(database.path, mounted);
    const files = readdirSync(folder);
    rmSync(folder, { recursive: true });
    expect(failure).toMatchObject({
      code: "failed_precondition",
      message: expect.stringContaining("mount its folder"),
    });
    expect(files).toEqual(["orchestrator.db"]);
  });
});
