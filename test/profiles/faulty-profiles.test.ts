/** What a profile can have wrong: each problem is reported with its place, and no other section pays for it. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { SECTION_NAMES } from "../../src/profiles/contract.ts";
import { parseProfile } from "../../src/profiles/parse.ts";
import { loadProfile, shippedProfiles } from "../../src/profiles/shipped.ts";
import type { PartName } from "../../src/repositories/repository.ts";
import { createDatabase } from "../support/database.ts";
import { eventually, runProgram, startProgram } from "../support/service.ts";
import { ATTACKS, expectRefused, HEADER, readAside, readBy, readHere, SCHEMA } from "./attacks.ts";

const GATES =
  "-- name: gates\nSELECT 'repo' AS scope, NULL AS holder_task_id, NULL AS acquired_at_ms, 3 AS waiting\n";

const read = (text: string, parts?: readonly PartName[]) => readBy(readHere, text, parts);

const OK_GATES = {
  ok: true,
  value: [{ scope: "repo", holderTaskId: null, acquiredAtMs: null, waiting: 3 }],
};

describe("the file of a profile", () => {
  it("lists every problem with its line, its section and its fix", () => {
    const { problems } = parseProfile(
      "mine",
      `-- dialect: oracle
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
    expect(
      problems.map(({ line, section, message }) => `${line} ${section}: ${message.split(":")[0]}`),
    ).toEqual([
      '1 undefined: "oracle" is no dialect; there are sqlite, postgresql',
      '2 undefined: "gone" is no job status; there are queued, running, done, failed, cancelled, other',
      `3 gatez: there is no such section; there are ${SECTION_NAMES.join(", ")}`,
      "5 gates: the section is empty",
      "7 cost: the section says what run_history says too",
      "9 cost: the section is there twice, first at line 7",
    ]);
  });

  it("says what is missing from one that has nothing", () => {
    const { problems } = parseProfile("mine", "SELECT 1");
    expect(problems.map(({ message }) => message)).toEqual([
      "SQL before the first section: begin it with a line `-- name: <section>`",
      "the header has no dialect: add `-- dialect: sqlite|postgresql`",
      "the file has no section: begin each SELECT with a line `-- name: <section>`",
    ]);
  });

  it("may begin with a byte order mark and have its sections indented or in capitals", () => {
    const { problems, sections } = parseProfile(
      "mine",
      "\uFEFF-- Dialect: sqlite\r\n  -- Name: gates\r\nSELECT 1\r\n--name:cost\r\nSELECT 2;",
    );
    expect(problems).toEqual([]);
    expect(sections).toEqual({ gates: { line: 2, sql: "SELECT 1" }, cost: { line: 4, sql: "SELECT 2" } });
  });

  it("is refused a key that would be taken for a comment, and change what the answers mean", () => {
    const { problems } = parseProfile(
      "mine",
      "-- dialect: sqlite\n-- unreported_status: done\n-- name: gates\nSELECT 1",
    );
    expect(problems).toMatchObject([
      { line: 2, message: '"unreported_status" is no key of the header: write unreported-statuses' },
    ]);
  });

  it("names a time zone that there is, or is not loaded", () => {
    using database = createDatabase({ schema: SCHEMA });
    const path = join(database.directory, "mine.sql");
    const load = (header: string) => {
      writeFileSync(path, `-- dialect: sqlite\n${header}\n${GATES}`);
      return loadProfile(path, "sqlite");
    };
    expect(load("-- system: ours").timezone).toBe("UTC");
    expect(load("-- timezone: Europe/Berlin")).toMatchObject({ timezone: "Europe/Berlin", problems: [] });
    for (const zone of ["Europe/Berln", "+02:00", "'; DROP TABLE t", ""])
      expect(() => load(`-- timezone: ${zone}`)).toThrow(
        `profile mine, line 2: unknown time zone "${zone}": write a name such as Europe/Berlin`,
      );
    expect(load("-- time-zone: Europe/Berlin").problems).toMatchObject([
      { line: 2, message: '"time-zone" is no key of the header: write timezone' },
    ]);
  });

  it("may have the old name of a key", () => {
    const { problems, unreportedStatuses } = parseProfile(
      "mine",
      "-- dialect: sqlite\n-- untold-statuses: done\n-- name: gates\nSELECT 1",
    );
    expect(problems).toEqual([]);
    expect(unreportedStatuses).toEqual(["done"]);
  });

  it("is found by name or by path, in the database's dialect", () => {
    expect(loadProfile("reference", "postgresql").dialect).toBe("postgresql");
    expect(() => loadProfile("nothing", "sqlite")).toThrow(
      /there is no profile "nothing"; there are .*reference/,
    );
    expect(() => loadProfile("./nothing.sql", "sqlite")).toThrow("cannot be read (ENOENT)");
    expect(() => loadProfile("pg-boss", "sqlite")).toThrow("is for postgresql, and the database is sqlite");
  });
});

describe("every profile that comes with the program", () => {
  for (const profile of shippedProfiles()) {
    it(`${profile.name} (${profile.dialect}) has no problem in its file, and says what it was tested with`, () => {
      expect(profile.problems).toEqual([]);
      expect(profile.system).not.toBe("");
      expect(profile.versions).toMatch(/tested with/);
    });
  }
});

describe("the program, given a faulty profile", () => {
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
    'line 2: "gone" is no job status',
    "line 3, section gatez: there is no such section",
    "line 16, section agent_task_stages: column stage holds a whole number where text is expected",
    "line 19, section cost: column runs holds text where a whole number from 0 is expected",
    "line 20, section cost: column cost_usd holds text where a finite number is expected",
    "line 25, section breakers: SQLite says: no such function: nosuch",
  ];

  it("lists each problem with its place by `check`, runs the rest, and never shows a value", async () => {
    using database = createDatabase({ schema: SCHEMA });
    const path = join(database.directory, "mine.sql");
    writeFileSync(path, FAULTY);
    const { code, stdout } = await runProgram(["check", "--database", database.path, "--profile", path]);
    expect(code).toBe(1);
    for (const problem of EVERY_PROBLEM) expect(stdout).toContain(`profile mine, ${problem}`);
    expect(stdout).toMatch(
      /^FAILED +queue +data_loss: section queue_ages returns several rows where one is/m,
    );
    expect(stdout).toMatch(/^ok +agents +1 running/m);
    expect(stdout).toMatch(/^ {2}queue_counts \(line 8\): 1 rows in [\d.]+ ms/m);
    expect(stdout).not.toContain("secret");
  });

  it("logs what is wrong with the file from the start, whether there is a database or not", async () => {
    using database = createDatabase({ schema: SCHEMA });
    writeFileSync(join(database.directory, "mine.sql"), FAULTY);
    await using service = await startProgram(join(database.directory, "later.db"), {
      args: ["--profile", "./mine.sql"],
      cwd: database.directory,
    });
    await eventually("it is told", () => service.log().includes("there is no such section"));
    expect(service.log()).toContain("profile mine, line 2:");
  });
});

describe("a time that names no zone", () => {
  const text = (header: string) => `-- dialect: sqlite
${header}
-- name: gates
SELECT strftime('%H:%M', 1769860800, 'unixepoch', 'localtime') AS scope, NULL AS holder_task_id,
  unixepoch('2026-01-31 12:00', 'utc') * 1000 AS acquired_at_ms, NULL AS waiting`;
  it.each([
    ["-- system: ours", "12:00", "2026-01-31T12:00:00Z"],
    ["-- timezone: Europe/Berlin", "13:00", "2026-01-31T11:00:00Z"],
  ])("is read in the header's zone (%s), whatever the machine's is", async (header, scope, acquired_at) => {
    using database = createDatabase({ schema: SCHEMA });
    const path = join(database.directory, "mine.sql");
    writeFileSync(path, text(header));
    const env = { TZ: "America/Los_Angeles" };
    const { stdout } = await runProgram(["snapshot", "--database", database.path, "--profile", path], env);
    expect(JSON.parse(stdout).queue.gates).toMatchObject({ error: null, items: [{ scope, acquired_at }] });
  });
});

describe("a time zone that the system lacks", () => {
  it.each(["Europe/Berlin", "europe/berlin"])("is an error, and not UTC: %s", async (zone) => {
    using database = createDatabase({ schema: SCHEMA });
    writeFileSync(join(database.directory, "mine.sql"), `-- dialect: sqlite\n-- timezone: ${zone}\n${GATES}`);
    const args = ["snapshot", "--database", database.path, "--profile", join(database.directory, "mine.sql")];
    const { stdout } = await runProgram(args, zone === "Europe/Berlin" ? { TZDIR: database.directory } : {});
    expect(JSON.parse(stdout).queue.gates.error).toMatchObject({
      code: "failed_precondition",
      message: expect.stringContaining("the system does not know the time zone of the profile's header"),
    });
  });
});

describe("a SELECT that returns something else than its columns", () => {
  it("is told every problem of its columns, and the others are read", async () => {
    const parts = await read(
      `${HEADER}${GATES}-- name: stages\nSELECT 1 AS task_id, 2 AS stage, 3 AS work_item, 4 AS color FROM t\n`,
    );
    expect(parts.gates).toEqual(OK_GATES);
    const failure = parts.stages?.ok ? undefined : parts.stages?.failure;
    expect(failure?.code).toBe("failed_precondition");
    for (const column of ["work_item", "stage", "color"])
      expect(failure?.message).toContain(`profile mine, line 5, section stages: column ${column} is`);
    for (const column of ["entered_at_ms", "title"])
      expect(failure?.message).toContain(`profile mine, line 4, section stages: column ${column} is missing`);
  });

  it("may follow with optional columns, in their order", async () => {
    const breaker = "SELECT 'api' AS name, 'open' AS state, 1 AS failures, NULL AS opened_at_ms";
    const sound = await read(`${HEADER}-- name: breakers\n${breaker}, 7 AS updated_at_ms`, ["breakers"]);
    expect(sound.breakers).toMatchObject({ ok: true, value: [{ updatedAtMs: 7, retryAtMs: null }] });
    const faulty = await read(
      `${HEADER}-- name: breakers\n${breaker}, 7 AS updated_at_ms, 8 AS retry_at_ms`,
      ["breakers"],
    );
    expect(faulty.breakers).toMatchObject({
      ok: false,
      failure: {
        message: expect.stringContaining("column updated_at_ms stands before one that it has to follow"),
      },
    });
  });

  it("is refused a type by row where nothing may be unknown, by the column's name and never its value", async () => {
    const parts = await read(
      `${HEADER}-- name: gates\nSELECT 'repo' AS scope, NULL AS holder_task_id, 'secret' AS acquired_at_ms, -1 AS waiting
-- name: queue_counts\nSELECT 'done' AS status, NULL AS native_status, 'secret' AS jobs`,
    );
    expect(parts.gates).toMatchObject({
      ok: true,
      value: [{ scope: "repo", acquiredAtMs: null, waiting: 0 }],
    });
    expect(parts.queue).toEqual({
      ok: false,
      failure: {
        code: "data_loss",
        message: "column jobs holds text where a whole number from 0 is expected",
      },
    });
  });

  it("is refused a history whose key has no index", async () => {
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

describe("a profile from a stranger", () => {
  for (const [what, sql] of ATTACKS)
    it(`that ${what} is refused before it runs`, () => expectRefused(readHere, sql, { stopped: false }));

  // The others are in `faulty-profiles.slow.test.ts`.
  const [[what, sql]] = ATTACKS as [(typeof ATTACKS)[0]];
  for (const stopped of [false, true])
    it(`that ${what} is refused as the service reads${stopped ? ", of a stopped orchestrator too" : ""}`, () =>
      expectRefused(readAside, sql, { stopped }));
});

describe("what a profile leaves out", () => {
  it("is told as not mapped, not as nothing", async () => {
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
