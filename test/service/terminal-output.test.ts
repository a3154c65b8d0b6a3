/** `check` and `snapshot` print names from the database to a terminal, which must not interpret them. */
import { expect, it } from "vitest";
import { createDatabase, run, task } from "../support/database.ts";
import { runProgram } from "../support/service.ts";

const HOSTILE = "\x1b]0;owned\x07\x1b[2J\x9b31m";

it("check and snapshot print no control characters from the database", async () => {
  using database = createDatabase();
  database.connection.exec(`CREATE INDEX "${HOSTILE}" ON agent_runs (finished_at, agent, model)`);
  database.connection.exec(`CREATE TABLE "${HOSTILE}t" (a)`);
  database.insert("tasks", task(1, HOSTILE));
  database.insert("agent_runs", run(1, { agent: HOSTILE, started_at: "not a time" }));
  const outputs = await Promise.all(
    ["check", "snapshot"].map((command) => runProgram([command, "--database", database.path])),
  );
  // Failed sections do not fail `snapshot` without --fail.
  expect(outputs.map(({ code }) => code)).toEqual([1, 0]);
  for (const { stdout, stderr } of outputs) {
    expect(stdout.length).toBeGreaterThan(100);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
    expect(stdout + stderr).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f]/);
  }
});
