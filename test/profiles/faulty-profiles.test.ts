/** Errors in a profile: each is reported with its location, and affects no other section. */
import { renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { SECTION_NAMES } from "../../src/profiles/contract.ts";
import { parseProfile } from "../../src/profiles/parse.ts";
import { loadProfile, shippedProfiles } from "../../src/profiles/shipped.ts";
import type { PartName } from "../../src/repositories/repository.ts";
import { DatabaseReader } from "../../src/repositories/sqlite/database-reader.ts";
import { FileStore } from "../../src/repositories/sqlite/files/file-store.ts";
import { createDatabase } from "../support/database.ts";
import { eventually, runProgram, startProgram } from "../support/service.ts";
import { unguarded } from "../support/unguarded.ts";
import {
  ATTACKS,
  examineHere,
  expectRefused,
  GATES,
  HEADER,
  readAside,
  readBy,
  readHere,
  SCHEMA,
} from "./attacks.ts";
import { expectedProblems, MOST_COLUMNS, startsOf, withNulls } from "./untyped-nulls.ts";

const read = (text: string, parts?: readonly PartName[]) => readBy(readHere, text, parts);

const OK_GATES = {
  ok: true,
  value: [{ scope: "repo", holderTaskId: null, acquiredAtMs: null, waiting: 3 }],
};

describe("a profile's file", () => {
  it("may define tables of files only in the documented format", () => {
    const { problems } = parseProfile(
      "mine",
      `-- dialect: files
-- folder: ~/.agent
-- table: runs ../runs/*.json
--   pid = $.pid
--   pid = $.other
-- table: logs logs/*.jsonl unique key
--   path = $.path
--   cost: $.cost
-- table: broken
-- name: agents
SELECT 1`,
    );
    expect(problems.map(({ line, message }) => `${line}: ${message}`)).toEqual([
      '3: "../runs/*.json" is outside the folder: use a path inside it',
      '5: duplicate column "pid"',
      '6: the table has no column "key"',
      '7: duplicate column "path"',
      "8: invalid column: use `--   NAME = $.path.of.keys`",
      "9: invalid table: use `-- table: NAME GLOB`, followed by `unique COLUMN` and `index COLUMN` if needed",
    ]);
    expect(parseProfile("mine", "-- dialect: files\n-- name: agents\nSELECT 1").problems[0]?.message).toBe(
      "a profile for files needs a folder (`-- folder: ~/.agent`) and tables (`-- table: NAME GLOB`)",
    );
  });

  it("may not define tables that SQLite cannot create: only its other tables are read", () => {
    const { problems, tables } = parseProfile(
      "mine",
      `-- dialect: files
-- folder: ~/.agent
-- table: Runs runs/*.json UNIQUE Pid index PID index pid
--   Pid = $.Pid
--   file = $.file
-- table: runs runs/*.jsonl
--   pid = $.pid
--   PID = $.other
--   Path = $.path
-- table: empty logs/*.jsonl
-- table: sqlite_runs runs/*.json
--   pid = $.pid
-- table: others {runs,../runs}/*.json
--   pid = $.pid
-- name: agents
SELECT 1`,
    );
    expect(problems.map(({ line, message }) => `${line}: ${message}`)).toEqual([
      '6: duplicate table "runs"',
      '8: duplicate column "pid"',
      '9: duplicate column "path"',
      "10: the table has no column: add a line `--   NAME = $.path.of.keys` below",
      expect.stringMatching("^11: invalid table: "),
      '13: "{runs,../runs}/*.json" is outside the folder: use a path inside it',
    ]);
    expect(tables.map(({ name }) => name)).toEqual(["runs"]);
    using database = createDatabase({ schema: SCHEMA });
    const store = new FileStore(tables, database.directory, unguarded());
    const { connection } = store.open();
    expect(connection.columns("SELECT pid, file FROM runs")).toHaveLength(2);
  });

  it("may have a divider of many dashes after a comment that ends in a semicolon", () => {
    const comments = `-- all of them;\n${"-".repeat(100)}\n`;
    const { sections } = parseProfile("mine", `${HEADER}-- name: gates\n${comments}SELECT 1;\n${comments}`);
    expect(sections.gates?.sql).toBe(`${comments}SELECT 1`);
  });

  it("has every error reported with its line, its section and its fix", () => {
    const { problems } = parseProfile(
      "mine",
      `-- dialect: sqlite, oracle
-- unreported-statuses: done, gone
-- name: gatez
SELECT 1
-- name: gates
-- nothing
-- name: cost
SELECT 1
-- name: cost
SELECT 2
-- name: run_history
SELECT 3`,
    );
    expect(problems.map(({ line, section, message }) => `${line} ${section}: ${message}`)).toEqual([
      '1 undefined: unknown dialect "oracle": use sqlite, postgresql, files',
      '2 undefined: unknown job status "gone": use queued, running, done, failed, cancelled, other',
      `3 gatez: unknown section: use ${SECTION_NAMES.join(", ")}`,
      "5 gates: the section is empty: add a SELECT, or remove the section",
      "7 cost: the section duplicates run_history: remove one of them",
      "9 cost: duplicate section, first defined at line 7",
    ]);
  });

  it("has everything that is missing reported", () => {
    const { problems } = parseProfile("mine", "SELECT 1");
    expect(problems.map(({ message }) => message)).toEqual([
      "SQL before the first section: begin it with a line `-- name: <section>`",
      "the header has no dialect: add `-- dialect: sqlite|postgresql|files`",
      "the file has no section: begin each SELECT with a line `-- name: <section>`",
    ]);
  });

  it("may begin with a byte order mark, and indent or capitalize its section lines", () => {
    const { problems, sections } = parseProfile(
      "mine",
      "\uFEFF-- Dialect: sqlite\r\n  -- Name: gates\r\nSELECT 1\r\n--name:cost\r\nSELECT 2;",
    );
    expect(problems).toEqual([]);
    expect(sections).toEqual({ gates: { line: 2, sql: "SELECT 1" }, cost: { line: 4, sql: "SELECT 2" } });
  });

  it("must be UTF-8, not UTF-16 as some shells write it", () => {
    const text = Buffer.from(`\uFEFF${HEADER}${GATES}`, "utf16le").toString();
    expect(parseProfile("mine", text).problems.map(({ message }) => message)).toContain(
      "the file is not UTF-8 text: save it as UTF-8",
    );
  });

  it("is rejected with an unknown key, which would otherwise pass as a comment and change the results", () => {
    const { problems } = parseProfile(
      "mine",
      "-- dialect: sqlite\n-- unreported_status: done\n-- name: gates\nSELECT 1",
    );
    expect(problems).toMatchObject([
      { line: 2, message: 'unknown header key "unreported_status" (did you mean "unreported-statuses"?)' },
    ]);
  });

  it("is not loaded with an unknown time zone", () => {
    using database = createDatabase({ schema: SCHEMA });
    const path = join(database.directory, "mine.sql");
    const load = (header: string) => {
      writeFileSync(path, `-- dialect: sqlite\n${header}\n${GATES}`);
      return loadProfile(path, "sqlite");
    };
    expect(load("-- system: ours").timezone).toBe("UTC");
    expect(load("-- timezone: Europe/Berlin")).toMatchObject({ timezone: "Europe/Berlin", problems: [] });
    renameSync(path, join(database.directory, "mine"));
    expect(loadProfile(join(database.directory, "mine"), "sqlite").name).toBe("mine");
    for (const zone of ["Europe/Berln", "+02:00", "'; DROP TABLE t", ""])
      expect(() => load(`-- timezone: ${zone}`)).toThrow(
        `profile mine, line 2: unknown time zone "${zone}": use a name such as Europe/Berlin`,
      );
    expect(load("-- time-zone: Europe/Berlin").problems).toMatchObject([
      { line: 2, message: 'unknown header key "time-zone" (did you mean "timezone"?)' },
    ]);
  });

  it("is found by name or by path, in the database's dialect", () => {
    expect(loadProfile("reference", "postgresql").dialect).toBe("postgresql");
    expect(() => loadProfile("nothing", "sqlite")).toThrow(/unknown profile "nothing": use .*reference/);
    expect(() => loadProfile("./nothing.sql", "sqlite")).toThrow("cannot read the profile (ENOENT)");
    expect(() => loadProfile("pg-boss", "sqlite")).toThrow("is for postgresql, but the database is sqlite");
  });
});

describe("the shipped profile", () => {
  for (const profile of shippedProfiles()) {
    it(`${profile.name} (${profile.dialect}) has no errors in its file, and states what it was tested with`, () => {
      expect(profile.problems).toEqual([]);
      expect(profile.system).not.toBe("");
      expect(profile.versions).toMatch(/tested with/);
    });
  }
});

describe("the program with a faulty profile", () => {
  const FAULTY = `-- dialect: sqlite
-- unreported-statuses: gone
-- name: gatez
SELECT 1
-- name: queue_ages
SELECT NULL AS oldest_queued_at_ms, NULL AS oldest_running_at_ms, NULL AS delayed_jobs, NULL AS next_available_at_ms
  FROM t, (VALUES (1), (2))
-- name: queue_counts
SELECT 'done' AS status, NULL AS native_status, count(*) AS jobs FROM t
-- name: agents
SELECT '1' AS run_id, '1' AS task_id, 'a' AS agent, NULL AS model, NULL AS pid, NULL AS host,
  NULL AS started_at_ms, NULL AS heartbeat_at_ms
-- name: agent_task_stages
SELECT
  '1' AS task_id,
  v AS stage
FROM t
-- name: cost
SELECT NULL AS agent, NULL AS model, 'many' AS runs,
  NULL AS priced_runs, 'secret' AS cost_usd,
  NULL AS input_tokens, NULL AS output_tokens, NULL AS cache_read_tokens, NULL AS cache_creation_tokens
-- name: breakers
SELECT 'api' AS name,
  'open' AS state,
  nosuch(1) AS failures, NULL AS opened_at_ms`;
  const EVERY_PROBLEM = [
    'line 2: unknown job status "gone"',
    "line 3, section gatez: unknown section",
    "line 16, section agent_task_stages: column stage holds a whole number, but text is expected",
    "line 19, section cost: column runs holds text, but a whole number from 0 is expected",
    "line 20, section cost: column cost_usd holds text, but a finite number is expected",
    "line 25, section breakers: SQLite reports: no such function: nosuch",
  ];

  it("lists each error with its location in `check`, runs the rest, and never shows a value", async () => {
    using database = createDatabase({ schema: SCHEMA });
    const path = join(database.directory, "mine.sql");
    writeFileSync(path, FAULTY);
    const { code, stdout } = await runProgram(["check", "--database", database.path, "--profile", path]);
    expect(code).toBe(1);
    for (const problem of EVERY_PROBLEM) expect(stdout).toContain(`profile mine, ${problem}`);
    expect(stdout).toMatch(
      /^FAILED +queue +data_loss: section queue_ages returns several rows, but one is expected/m,
    );
    expect(stdout).toMatch(/^ok +agents +1 running/m);
    expect(stdout).toMatch(/^ {2}queue_counts \(line 8\): 1 rows of 1 visited, [\d.]+ ms/m);
    expect(stdout).not.toContain("secret");
  });

  it("logs the file's errors at startup, with or without a database", async () => {
    using database = createDatabase({ schema: SCHEMA });
    writeFileSync(join(database.directory, "mine.sql"), FAULTY);
    await using service = await startProgram(join(database.directory, "later.db"), {
      args: ["--profile", "./mine.sql"],
      cwd: database.directory,
    });
    await eventually("it is reported", () => service.log().includes("unknown section"));
    expect(service.log()).toContain("profile mine, line 2:");
  });
});

describe("a SELECT with other columns than its section's", () => {
  it("has every error of its columns reported, and the other sections are read", async () => {
    const parts = await read(
      `${HEADER}${GATES}-- name: stages\nSELECT 1 AS task_id, 2 AS stage, 3 AS work_item, 4 AS color, 5 AS stage FROM t\n`,
    );
    expect(parts.gates).toEqual(OK_GATES);
    const failure = parts.stages?.ok ? undefined : parts.stages?.failure;
    expect(failure?.code).toBe("failed_precondition");
    for (const words of ['unexpected column "color": remove it', 'duplicate column "stage": remove one'])
      expect(failure?.message).toContain(`profile mine, line 5, section stages: ${words}`);
    for (const column of ["entered_at", "title"])
      expect(failure?.message).toContain(
        `profile mine, line 4, section stages: missing column "${column}": \`NULL AS ${column}\``,
      );
  });

  it("may return them in any order, optional ones included", async () => {
    const { breakers } = await read(
      `${HEADER}-- name: breakers\nSELECT 7 AS updated_at_ms, NULL AS opened_at_ms, 'open' AS state, 1 AS failures, 'api' AS name`,
      ["breakers"],
    );
    expect(breakers).toEqual({
      ok: true,
      value: [{ name: "api", state: "open", failures: 1, openedAtMs: null, retryAtMs: null, updatedAtMs: 7 }],
    });
  });

  it("fails with the column's name, not the value, if a required column has the wrong type", async () => {
    const parts = await read(
      `${HEADER}-- name: gates\nSELECT 'repo' AS scope, NULL AS holder_task_id, 'secret' AS acquired_at_ms, -1 AS waiting
-- name: queue_counts\nSELECT 'done' AS status, NULL AS native_status, 'secret' AS jobs`,
    );
    expect(parts.gates).toMatchObject({
      ok: true,
      value: [{ scope: "repo", acquiredAtMs: null, waiting: null }],
    });
    expect(parts.queue).toEqual({
      ok: false,
      failure: {
        code: "data_loss",
        message: "column jobs holds text, but a whole number from 0 is expected",
      },
    });
  });

  it("is reported with the function that converts a blob", async () => {
    const parts = await read(`${HEADER}${GATES.replace("'repo'", "x'00ff'")}`);
    expect(parts.gates).toMatchObject({
      failure: { message: "column scope holds a blob, but text is expected: use lower(hex(scope))" },
    });
  });

  it("fails if a history row does not say whether it can still change", async () => {
    const parts = await read(
      `${HEADER}-- name: job_history
SELECT id AS job_key, 'done' AS status, NULL AS native_status, 1 AS attempts, 2 AS max_attempts, NULL AS is_open FROM t`,
    );
    expect(parts.queue).toMatchObject({
      failure: { message: expect.stringMatching(/^is_open of job_history is NULL in 1 rows$/) },
    });
  });

  it("fails if the key of a history has no index", async () => {
    const parts = await read(
      `${HEADER}-- name: job_history
SELECT v AS job_key, 'done' AS status, NULL AS native_status, 1 AS attempts, 2 AS max_attempts, 0 AS is_open FROM t`,
    );
    expect(parts.queue).toMatchObject({
      ok: false,
      failure: { message: expect.stringContaining("column job_key has no index") },
    });
  });
});

describe("`check` on a SQLite SELECT", () => {
  function examine(schema: string, text: string) {
    using database = createDatabase({ schema });
    return examineHere(database.path, parseProfile("mine", `${HEADER}${text}`));
  }
  const job = (started: string, from: string) => `-- name: queue_running
SELECT CAST(id AS TEXT) AS job_id, NULL AS task_id, kind, ${started} AS started_at_ms, NULL AS attempts, NULL AS max_attempts
FROM ${from}`;

  it("accepts NULL in each nullable column, and names any other column that is NULL", () => {
    using database = createDatabase({ schema: SCHEMA });
    for (let index = 0; index < MOST_COLUMNS; index += 1) {
      for (const mine of withNulls("sqlite", "t", (_, at) => at === index))
        expect(startsOf(examineHere(database.path, mine))).toEqual(expectedProblems(mine, index));
    }
  });

  it("reports a wrong type before there is a row", () => {
    const run = (id: string, at: string, cost: string, columns: string) =>
      examine(
        `CREATE TABLE runs (${columns})`,
        `-- name: agents
SELECT ${id} AS run_id, NULL AS task_id, NULL AS agent, NULL AS model, NULL AS pid, NULL AS host,
  ${at} AS started_at_ms, NULL AS heartbeat_at_ms, ${cost} AS cost_usd
FROM runs AS r`,
      ).agents;
    expect(run("r.id", "at", "cost", "id BLOB, at TEXT, cost VARCHAR(9)")).toMatchObject({
      warnings: [
        "profile mine, line 3, section agents: column run_id is declared BLOB, but text is expected: use lower(hex(x))",
      ],
      problems: [
        expect.stringMatching(
          /^profile mine, line 4, .* started_at_ms is declared TEXT, .*use x AS started_at,/,
        ),
        expect.stringMatching(/^profile mine, line 4, .* cost_usd is declared VARCHAR.*CAST\(x AS REAL\)/),
      ],
    });
    expect(run("id", "at", "cost", "id INTEGER PRIMARY KEY, at DATETIME, cost REAL")).toMatchObject({
      warnings: [
        expect.stringMatching(/column run_id is declared INTEGER, .*CAST\(x AS TEXT\)/),
        expect.stringMatching(/column started_at_ms is declared DATETIME, .*use x AS started_at,/),
      ],
      problems: [],
    });
    expect(run("id", "at", "cost", "id VARCHAR PRIMARY KEY, at BIGINT, cost DECIMAL")).toMatchObject({
      warnings: [],
      problems: [],
    });
    expect(run("NULL", "at", "cost", "at BIGINT, cost DECIMAL")?.problems).toEqual([
      "profile mine, line 3, section agents: column run_id is NULL, but text is expected",
    ]);
    // Some systems write milliseconds into a DATETIME.
    const written = "id TEXT, at DATETIME, cost REAL); INSERT INTO runs VALUES ('1', 1790000000000, 1";
    expect(run("id", "at", "cost", written)).toMatchObject({ warnings: [], problems: [] });
  });

  it("reports a number in a text column, nullable or not", () => {
    const { queue_running } = examine(SCHEMA, job("NULL", "(SELECT id, v AS kind FROM t)"));
    expect(queue_running?.problems).toEqual([
      "profile mine, line 4, section queue_running: column kind holds a whole number, but text is expected",
    ]);
  });

  it("reports a text that is no time as such, whatever the column is called", () => {
    const schema =
      "CREATE TABLE jobs (id INTEGER PRIMARY KEY, kind TEXT, at); INSERT INTO jobs VALUES (1, 'a', 'soon')";
    const select = job("at", "jobs");
    for (const [text, name] of [
      [select, "started_at_ms"],
      [select.replace("started_at_ms", "started_at"), "started_at"],
    ] as const)
      expect(examine(schema, text).queue_running?.problems).toEqual([
        expect.stringContaining(`column ${name} holds text, but a time is expected`),
      ]);
  });

  it("accepts a highest key of any size, as a reading does", () => {
    for (const key of ["9007199254740993", "-5"]) {
      const { epoch } = examine("", `-- name: epoch\nSELECT 'jobs' AS name, ${key} AS highest_key`);
      expect(epoch?.problems).toEqual([]);
    }
  });

  it("warns about implausible values", () => {
    const schema = "CREATE TABLE jobs (id INTEGER PRIMARY KEY, kind TEXT, at)";
    const errorsAt = (at: number) =>
      examine(`${schema}; INSERT INTO jobs VALUES (1, 'a', ${at})`, job("at", "jobs")).queue_running
        ?.warnings;
    const nowMs = Date.now();
    expect(errorsAt(nowMs)).toEqual([]);
    expect(errorsAt(nowMs + 86_400_000)).toEqual([]);
    for (const [at, fix] of [
      [Math.round(nowMs / 1000), "multiply seconds by 1000"],
      [0, "select NULL"],
      [nowMs * 1000, "divide microseconds by 1000"],
      [nowMs * 1_000_000, "divide nanoseconds by 1000000"],
      [32_503_680_000_000, "more than five years ahead"],
    ] as const)
      expect(errorsAt(at)).toEqual([
        expect.stringMatching(`^profile mine, line 3, section queue_running: column started_at_ms .*${fix}`),
      ]);
    const sums = examine(
      "",
      `-- unreported-statuses: done
-- name: queue_counts
SELECT 'done' AS status, NULL AS native_status, 3 AS jobs
-- name: queue_retries
SELECT 9 AS retried_jobs, 5 AS attempts, 0 AS waiting_retry
-- name: cost
SELECT NULL AS agent, NULL AS model, 5 AS runs, 9 AS priced_runs, -1 AS cost_usd, NULL AS input_tokens,
  NULL AS output_tokens, NULL AS cache_read_tokens, NULL AS cache_creation_tokens`,
    );
    expect(Object.values(sums).map(({ warnings }) => warnings)).toEqual([
      [expect.stringMatching("line 4, .* column status is done, which the header lists")],
      [expect.stringMatching("line 6, .* column retried_jobs is above attempts")],
      [
        expect.stringMatching("line 8, .* column priced_runs is above runs"),
        expect.stringMatching("line 8, .* column cost_usd is negative"),
      ],
    ]);
  });

  it("warns about an index that finds nearly every row, with the fix", () => {
    const schema = `CREATE TABLE jobs (id INTEGER PRIMARY KEY, kind TEXT, status TEXT, deletedAt DATETIME, archived INT);
CREATE INDEX by_deletion ON jobs (deletedAt); CREATE INDEX by_archived ON jobs (archived);
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)
INSERT INTO jobs SELECT i, 'a', iif(i % 10000 = 0, 'busy', 'done'), NULL, 0 FROM n`;
    const jobs = (where: string, more = "") =>
      examine(schema + more, job("NULL", `jobs AS j WHERE j.status = 'busy' AND ${where}`)).queue_running;
    const of = (visited: number) => ({ rows: 2, visits: { rows: visited } });
    expect(jobs("j.deletedAt IS NULL")).toMatchObject({
      ...of(20_000),
      warnings: [
        expect.stringMatching(/visits 20,000 rows for 2: .* of jobs: use \+deletedAt IS NULL .* ANALYZE$/),
      ],
    });
    expect(jobs("archived = 0")?.warnings).toEqual([expect.stringContaining("use +archived in")]);
    expect(jobs("+archived = 0")).toMatchObject({
      ...of(20_000),
      warnings: [expect.stringContaining("and scans a whole table: add an index")],
    });
    expect(jobs("+archived = 0", "; CREATE INDEX by_status ON jobs (status)")).toMatchObject({
      ...of(2),
      warnings: [],
    });
    expect(jobs("j.deletedAt IS NULL", "; DELETE FROM jobs WHERE id > 900")).toMatchObject({
      rows: 0,
      visits: { rows: 900 },
      warnings: [],
    });
  });

  it("leaves no state behind that affects a reading", () => {
    using database = createDatabase({ schema: SCHEMA });
    const profile = parseProfile("mine", `${HEADER}${GATES.trimEnd()} FROM t`);
    const { terminalStages } = profile;
    const reader = new DatabaseReader(
      { databasePath: database.path, profile, terminalStages, maxItems: 9 },
      unguarded(),
    );
    for (let time = 0; time < 2; time += 1)
      expect(reader.examine(Date.now())[0]).toMatchObject({ rows: 1, visits: { rows: 1 } });
    expect(reader.read(["gates"], Date.now()).snapshot.parts).toEqual({ gates: OK_GATES });
    reader.release();
  });
});

describe("an untrusted profile", () => {
  for (const [what, sql] of ATTACKS)
    it(`that ${what} is rejected before it runs`, () => expectRefused(readHere, sql, { stopped: false }));

  // `faulty-profiles.slow.test.ts` has the others.
  const [[what, sql]] = ATTACKS as [(typeof ATTACKS)[0]];
  for (const stopped of [false, true])
    it(`that ${what} is rejected when the service reads${stopped ? ", also for a stopped orchestrator" : ""}`, () =>
      expectRefused(readAside, sql, { stopped }));
});

describe("a section that a profile omits", () => {
  it("is reported as not mapped, not as empty", async () => {
    const parts = await read(`${HEADER}${GATES}`);
    const nouns = {
      stages: "stages",
      queue: "queue",
      runningJobs: "running jobs",
      agents: "agents",
      cost: "cost",
    };
    for (const [part, noun] of Object.entries(nouns)) {
      expect(parts[part as PartName]).toEqual({
        ok: false,
        failure: { code: "unimplemented", message: `the profile maps no ${noun}` },
      });
    }
  });
});
