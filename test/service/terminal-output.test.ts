/** `check` and `snapshot` show names of the database on a terminal, which must not obey them. */
import { expect, it } from "vitest";
import { createDatabase, run, task } from "../support/database.ts";
import { runProgram } from "../support/service.ts";

const HOSTILE = "\x1b]0;owned\x07\x1b[2J\x9b31m";

it("what check and snapshot print holds no control character of the database", async () => {
  using database = createDatabase();
  database.connection.exec(`CREATE INDEX "${HOSTILE}" ON agent_runs (finished_at, agent, model)`);
  database.connection.exec(`CREATE TABLE "${HOSTILE}t" (a)`);
  database.insert("tasks", task(1, HOSTILE));
  database.insert("agent_runs", run(1, { agent: HOSTILE, started_at: "not a time" }));
  const outputs = await Promise.all(
    ["check", "snapshot"].map((command) => runProgram([command, "--database", database.path])),
  );
  // Sections that fail are no failure of `snapshot`, unless it is asked for that.
  expect(outputs.map(({ code }) => code)).toEqual([1, 0]);
  for (const { stdout, stderr } of outputs) {
    expect(stdout.length).toBeGreaterThan(100);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
    expect(stdout + stderr).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f]/);
  }
});
