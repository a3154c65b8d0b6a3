/** Runs `orch-metrics init` over databases that no profile matches. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createDatabase } from "../support/database.ts";
import { environment } from "../support/program.ts";
import { eventually, PROGRAM, runProgram } from "../support/service.ts";

const SCHEMA = `CREATE TABLE agent_runs (id INTEGER PRIMARY KEY, status TEXT NOT NULL, started_at INTEGER, pid INTEGER, prompt TEXT);
  CREATE TABLE reviews (id INTEGER PRIMARY KEY, status TEXT, finished_at TEXT);
  CREATE TABLE notes (id INTEGER PRIMARY KEY, body TEXT);
  INSERT INTO agent_runs VALUES (1, 'running', 1790000000, 4711, 'a secret'), (2, 'done', 1790000000, NULL, 'a secret')`;

describe("orch-metrics init", () => {
  it("uses the likeliest table without a terminal, and only writes and checks its draft", async () => {
    using database = createDatabase({ schema: SCHEMA });
    const output = join(database.directory, "mine.sql");
    const before = readdirSync(database.directory);
    const { code, stdout, stderr } = await runProgram([
      "init",
      "--database",
      database.path,
      "--output",
      output,
    ]);
    expect({ code, stdout }).toEqual({ code: 0, stdout: "" });
    expect(readdirSync(database.directory).sort()).toEqual([...before, "mine.sql"].sort());
    expect(stderr).toContain("3 tables; most likely to hold jobs or runs:");
    expect(stderr).toMatch(/1\. agent_runs +status, started_at, pid\n/);
    expect(stderr).toContain("using the first; choose another with --table");
    expect(stderr).toMatch(/^ok +agents +1 running/m);
    expect(stderr).toMatch(/^ {2}jobs \(line \d+\): 1 rows/m);
    expect(stderr.trimEnd().split("\n").at(-1)).toBe(
      `use the profile: orch-metrics serve --database ${database.path} --profile ${output}`,
    );
    expect(readFileSync(output, "utf8") + stderr).not.toContain("secret");
    const checked = await runProgram(["check", "--database", database.path, "--profile", output]);
    expect(checked.code).toBe(0);
  });

  it("writes the draft for the named table to standard output", async () => {
    using database = createDatabase({ schema: SCHEMA });
    const { code, stdout, stderr } = await runProgram([
      "init",
      "--database",
      database.path,
      "--table",
      "reviews",
    ]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^-- Drafted from the table reviews\..*FROM "reviews"\n$/s);
    expect(stderr).toContain("drafted a profile from the table reviews");
    expect(stderr).not.toContain("most likely");
  });

  it("prompts on a terminal", async () => {
    using database = createDatabase({ schema: SCHEMA });
    const output = join(database.directory, "mine.sql");
    const command = [process.execPath, PROGRAM, "init", "--database", database.path, "--output", output].join(
      " ",
    );
    const child = spawn("script", ["--quiet", "--flush", "--return", "--command", command, "/dev/null"], {
      env: environment(),
      stdio: ["pipe", "pipe", "inherit"],
    });
    let shown = "";
    child.stdout.on("data", (chunk) => (shown += chunk));
    await eventually("it asks", () => Promise.resolve(shown.includes("[1]")), 30);
    child.stdin.write("2\r");
    const [code] = await once(child, "exit");
    expect(code).toBe(0);
    expect(readFileSync(output, "utf8")).toContain("Drafted from the table reviews.");
  });

  it.each([
    [
      "a missing table",
      ["--table", "agent_run"],
      2,
      /no table "agent_run" \(did you mean "agent_runs"\?\)$/m,
    ],
    [
      "a table name unlike any other",
      ["--table", "x"],
      2,
      /no table "x": choose one of "agent_runs", "reviews", "notes"$/m,
    ],
    [
      "a table without jobs or runs",
      ["--table", "notes"],
      1,
      /the table "notes" has no status.*: choose another with --table$/m,
    ],
    [
      "a missing folder",
      ["--output", "/nowhere/mine.sql"],
      1,
      /^orch-metrics: --output: cannot write "\/nowhere\/mine\.sql" \(ENOENT\)/m,
    ],
  ])("rejects %s", async (_, args, expected, message) => {
    using database = createDatabase({ schema: SCHEMA });
    const { code, stdout, stderr } = await runProgram(["init", "--database", database.path, ...args]);
    expect({ code, stdout }).toEqual({ code: expected, stdout: "" });
    expect(stderr).toMatch(message);
  });

  it("does not overwrite a file", async () => {
    using database = createDatabase({ schema: SCHEMA });
    const output = join(database.directory, "mine.sql");
    writeFileSync(output, "mine");
    const { code, stderr } = await runProgram(["init", "--database", database.path, "--output", output]);
    expect(code).toBe(2);
    expect(stderr).toBe(
      `orch-metrics: --output: ${JSON.stringify(output)} already exists: choose another name, or remove the file\n`,
    );
    expect(readFileSync(output, "utf8")).toBe("mine");
  });

  it("reports an empty or missing database", async () => {
    using database = createDatabase({ schema: "" });
    const empty = await runProgram(["init", "--database", database.path]);
    expect(empty).toMatchObject({ code: 1, stdout: "" });
    expect(empty.stderr).toBe(
      "orch-metrics: the database has no tables yet: run init again once the orchestrator has created them\n",
    );
    const absent = join(database.directory, "absent.db");
    const { code, stderr } = await runProgram(["init", "--database", absent]);
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: `orch-metrics: ${absent}: unavailable: there is no database at the configured path yet\n`,
    });
    expect(existsSync(absent)).toBe(false);
  });
});
