/**
 * Secrets stay inside: marks are planted in every column that the contract does not show, in the environment
 * and in file names. All requests are sent to the service, and no mark may appear. `secrets.slow.test.ts` has
 * PostgreSQL, and `check` and `snapshot` in more situations.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { eventually, type RunningProgram, untilOk } from "../support/service.ts";
import { A_FEW, everything } from "./everything.ts";
import {
  commands,
  database,
  expectNoMark,
  MARK,
  removeDatabase,
  rows,
  SHOWN_NAMES,
  start,
  write,
} from "./planted.ts";

describe("no secret of a SQLite database leaks", () => {
  let program: RunningProgram;
  beforeAll(async () => {
    program = await start();
  });
  afterAll(() => program?.[Symbol.asyncDispose]());

  it("if everything can be read, live and stopped, while the contract's values are shown", async () => {
    const connection = write(rows("sqlite"));
    await untilOk(program);
    const live = await everything(program);
    for (const name of SHOWN_NAMES) expect(live).toContain(`shown-${name}`);
    expectNoMark(live);
    expectNoMark(await commands());
    connection.close();
    await untilOk(program);
    expectNoMark(await everything(program));
  });

  it("if the file is missing, not a database or damaged", async () => {
    removeDatabase();
    expectNoMark(await everything(program));
    writeFileSync(database, MARK.repeat(1_000));
    expectNoMark(await everything(program, A_FEW));
    write(rows("sqlite"), "delete").close();
    writeFileSync(database, MARK.repeat(4_000), { flag: "r+" });
    expectNoMark(await everything(program, A_FEW));
    removeDatabase();
    mkdirSync(database);
    expectNoMark(await everything(program));
    removeDatabase();
  });

  it("if a table or a column is missing", async () => {
    using connection = write(rows("sqlite"));
    connection.exec("DROP TABLE serial_gates; ALTER TABLE jobs RENAME COLUMN attempts TO tries");
    await eventually(
      "it is reported",
      async () => (await program.metrics()).queue?.error?.code === "failed_precondition",
    );
    expectNoMark(await everything(program));
  });
});
