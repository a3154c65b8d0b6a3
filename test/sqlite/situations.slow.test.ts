/** The situations in which a second process finds a SQLite database, each produced for real. */
import { spawnSync } from "node:child_process";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { parseMountinfo } from "../../src/procfs/mountinfo.ts";
import { isMountPoint } from "../../src/repositories/sqlite/location.ts";
import { createDatabase } from "../support/database.ts";
import { INSERT_TASK, startOrchestrator, type TestOrchestrator } from "../support/orchestrator.ts";
import { eventually } from "../support/service.ts";
import { expectNoCommitRefused, hasSeenWrites } from "./full-speed.ts";
import { read, reader, tasksOf } from "./reading.ts";

/** Returns whether this process, in which the readers are threads, has the database or a related file open. */
function isOpen({ path }: TestOrchestrator): boolean {
  return childrenOf(process.pid).some((pid) => {
    const folder = `/proc/${pid}/fd`;
    try {
      return readdirSync(folder).some((name) => readlinkSync(`${folder}/${name}`).startsWith(path));
    } catch {
      // The process ended, or closed a file meanwhile. Look again.
      return true;
    }
  });
}

/**
 * Returns the processes that read. They are children of the test, as is the orchestrator's writer, which is
 * excluded.
 */
function childrenOf(pid: number): readonly string[] {
  const { stdout } = spawnSync("pgrep", ["-P", String(pid), "-f", "reader-main"], { encoding: "utf8" });
  return stdout.split("\n").filter((line) => line !== "");
}

/** Runs one orchestrator for all tests of a `describe`, each of which starts without rows. */
function sharedOrchestrator(journal: "wal" | "delete"): () => TestOrchestrator {
  let orchestrator: TestOrchestrator;
  beforeAll(async () => {
    orchestrator = await startOrchestrator({ journal });
  });
  afterAll(() => orchestrator?.[Symbol.asyncDispose]());
  beforeEach(() =>
    orchestrator.exec(
      ["tasks", "jobs", "agent_runs", "circuit_breakers"].map((table) => `DELETE FROM ${table}`).join("; "),
    ),
  );
  return () => orchestrator;
}

describe("a live WAL database", () => {
  const shared = sharedOrchestrator("wal");

  it("is read while its orchestrator runs, each commit at once, without changing a byte", async () => {
    const orchestrator = shared();
    await orchestrator.exec(INSERT_TASK);
    const repository = reader(orchestrator.path);
    const before = orchestrator.fingerprint();
    expect(await read(repository)).toBe(1);
    expect(orchestrator.fingerprint()).toBe(before);
    await orchestrator.exec(INSERT_TASK);
    expect(await read(repository)).toBe(2);
  });

  it("has no open read transaction between readings: a checkpoint truncates the -wal", async () => {
    const orchestrator = shared();
    const repository = reader(orchestrator.path);
    for (let round = 0; round < 5; round += 1) {
      await orchestrator.exec(INSERT_TASK);
      await read(repository);
    }
    await orchestrator.exec("PRAGMA wal_checkpoint(TRUNCATE)");
    expect(statSync(`${orchestrator.path}-wal`).size).toBe(0);
    expect(await read(repository)).toBe(5);
  });

  it("may be behind a symbolic link, and then the target's -wal is read", async () => {
    const orchestrator = shared();
    await orchestrator.exec(INSERT_TASK);
    const link = join(orchestrator.directory, "link.db");
    spawnSync("ln", ["-s", orchestrator.path, link]);
    expect(await read(reader(link))).toBe(1);
  });

  const NOW = "'2026-01-31T12:00:00.000Z'";
  const PARTS = ["stages", "queue", "breakers", "gates", "agents", "cost"] as const;
  const cells: [string, string, "stages" | "queue" | "breakers" | "agents" | "cost", object, string][] = [
    [
      "a time that is none",
      `UPDATE tasks SET stage_entered_at = 'secret'`,
      "stages",
      { tasks: [{ enteredAtMs: null }] },
      "column entered_at of stages holds a time that cannot be read: the field is omitted",
    ],
    [
      "text for attempts",
      `INSERT INTO jobs (kind, status, attempts, available_at, created_at) VALUES ('a', 'done', 'secret', ${NOW}, ${NOW})`,
      "queue",
      { counts: [{ status: "done", jobs: 1 }] },
      "a column of job_history holds a value that is not a number or is out of range: it is omitted from the totals",
    ],
    [
      "text for failures",
      `INSERT INTO circuit_breakers VALUES ('api', 'open', 'secret', NULL, NULL, ${NOW})`,
      "breakers",
      [{ name: "api", state: "open", failures: null }],
      "column failures of breakers holds text: the field is omitted",
    ],
    [
      "text for tokens",
      `INSERT INTO agent_runs (agent, started_at, input_tokens) VALUES ('a', ${NOW}, 'secret')`,
      "cost",
      { byAgentModel: [{ usage: { runs: 1, inputTokens: null } }] },
      "a column of run_history holds a value that is not a number or is out of range: it is omitted from the totals",
    ],
    [
      "an infinite cost",
      `INSERT INTO agent_runs (agent, started_at, cost_usd) VALUES ('a', ${NOW}, 9e999)`,
      "cost",
      { byAgentModel: [{ usage: { runs: 1, pricedRuns: 0, costUsd: null } }] },
      "a column of run_history holds a value that is not a number or is out of range: it is omitted from the totals",
    ],
  ];
  it("with a cell of the wrong type leaves its field empty, and reports it without the value", async () => {
    const orchestrator = shared();
    await orchestrator.exec(INSERT_TASK);
    const leftOut: string[] = [];
    const onLeftOut = (text: string) => void leftOut.push(text);
    const repository = reader(orchestrator.path, { deadlineSeconds: 10, onLeftOut });
    for (const [what, sql, part, value, message] of cells) {
      await orchestrator.exec(`DELETE FROM agent_runs; ${sql}`);
      const { parts } = await repository.read(PARTS);
      for (const name of PARTS) expect(parts[name], what).toMatchObject({ ok: true });
      expect(parts[part], what).toMatchObject({ value });
      expect(leftOut, what).toContain(message);
      expect(JSON.stringify([parts, leftOut])).not.toContain("secret");
    }
  });

  it("with a blob for a name fails its part, and names the column", async () => {
    const orchestrator = shared();
    await orchestrator.exec(`${INSERT_TASK}; UPDATE tasks SET stage = x'00ff'`);
    const { parts } = await reader(orchestrator.path).read(PARTS);
    const message = "column stage holds a blob, but text is expected: use lower(hex(stage))";
    expect(parts).toMatchObject({
      stages: { ok: false, failure: { code: "data_loss", message } },
      gates: { ok: true },
    });
  });
});

describe("a WAL database", () => {
  it("is read after a clean stop, and no file appears next to it", async () => {
    await using orchestrator = await startOrchestrator();
    await orchestrator.exec(INSERT_TASK);
    await orchestrator.stop();
    expect(orchestrator.files()).toEqual(["orchestrator.db"]);
    const before = orchestrator.fingerprint();
    const repository = reader(orchestrator.path);
    expect(await read(repository)).toBe(1);
    expect(await read(repository)).toBe(1);
    expect(orchestrator.files()).toEqual(["orchestrator.db"]);
    expect(orchestrator.fingerprint()).toBe(before);
  });

  it("is read live again once the orchestrator is back", async () => {
    await using orchestrator = await startOrchestrator();
    await orchestrator.exec(INSERT_TASK);
    await orchestrator.stop();
    const repository = reader(orchestrator.path);
    expect(await read(repository)).toBe(1);
    await using again = await startOrchestrator({ directory: orchestrator.directory, schema: INSERT_TASK });
    expect(await read(repository)).toBe(2);
    await again.exec(INSERT_TASK);
    expect(await read(repository)).toBe(3);
  });

  it("is read with the contents of its -wal after its orchestrator was killed", async () => {
    await using orchestrator = await startOrchestrator();
    await orchestrator.exec(INSERT_TASK);
    await orchestrator.kill();
    const before = orchestrator.fingerprint();
    expect(await read(reader(orchestrator.path))).toBe(1);
    expect(orchestrator.fingerprint()).toBe(before);
  });

  it("is not opened while the -shm is missing, since reading would create it", async () => {
    await using orchestrator = await startOrchestrator();
    await orchestrator.kill();
    rmSync(`${orchestrator.path}-shm`);
    expect(await read(reader(orchestrator.path))).toMatchObject({
      code: "unavailable",
      message: expect.stringContaining("-shm"),
    });
    expect(orchestrator.files()).toEqual(["orchestrator.db", "orchestrator.db-wal"]);
  });

  it("is closed when there are no requests, so that the orchestrator's stop can checkpoint", async () => {
    await using orchestrator = await startOrchestrator();
    await orchestrator.exec(INSERT_TASK);
    const repository = reader(orchestrator.path, { idleSeconds: 0.2 });
    expect(await read(repository)).toBe(1);
    await eventually("it is closed", () => !isOpen(orchestrator));
    await orchestrator.stop();
    expect(orchestrator.files()).toEqual(["orchestrator.db"]);
    expect(await read(repository)).toBe(1);
  });

  it("is closed after an examination of its SELECTs too", async () => {
    await using orchestrator = await startOrchestrator();
    const repository = reader(orchestrator.path, { idleSeconds: 0.2 });
    await read(repository);
    expect(await repository.examine?.()).not.toEqual([]);
    await eventually("it is closed", () => !isOpen(orchestrator));
    await orchestrator.stop();
    expect(orchestrator.files()).toEqual(["orchestrator.db"]);
  });
});

describe("a database with a rollback journal", () => {
  const shared = sharedOrchestrator("delete");

  it("is read live, and no file appears next to it", async () => {
    const orchestrator = shared();
    const repository = reader(orchestrator.path);
    await orchestrator.exec(INSERT_TASK);
    expect(await read(repository)).toBe(1);
    await orchestrator.exec(INSERT_TASK);
    expect(await read(repository)).toBe(2);
    expect(orchestrator.files()).toEqual(["orchestrator.db"]);
  });

  it("is unavailable while its writer holds an exclusive lock, within the lock timeout", async () => {
    const orchestrator = shared();
    const repository = reader(orchestrator.path, { deadlineSeconds: 10 });
    expect(await read(repository)).toBe(0);
    await orchestrator.exec("BEGIN EXCLUSIVE");
    expect(await read(repository)).toMatchObject({
      code: "unavailable",
      message: expect.stringContaining("locked"),
    });
    await orchestrator.exec("COMMIT");
    expect(await read(repository)).toBe(0);
  });

  it("fails with a hot journal, which only the orchestrator can roll back", async () => {
    await using orchestrator = await startOrchestrator({ journal: "delete" });
    await orchestrator.exec(
      `CREATE TABLE filler (text TEXT);
       INSERT INTO filler WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000)
         SELECT hex(randomblob(50)) FROM n;
       PRAGMA cache_size = 1; BEGIN; UPDATE filler SET text = hex(randomblob(50))`,
    );
    await orchestrator.kill();
    const before = orchestrator.fingerprint();
    expect(await read(reader(orchestrator.path))).toMatchObject({
      code: "failed_precondition",
      message: expect.stringContaining("hot journal"),
    });
    expect(orchestrator.fingerprint()).toBe(before);
  });
});

describe("the file at the path", () => {
  it("may appear after startup", async () => {
    const directory = mkdtempSync(join(tmpdir(), "orch-metrics-test-"));
    const repository = reader(join(directory, "orchestrator.db"));
    expect(await read(repository)).toMatchObject({ code: "unavailable" });
    await using orchestrator = await startOrchestrator({ directory });
    await orchestrator.exec(INSERT_TASK);
    expect(await read(repository)).toBe(1);
  });

  it("may be replaced: the new one is read, with a new epoch", async () => {
    await using orchestrator = await startOrchestrator({ journal: "delete" });
    using other = createDatabase({ journal: "delete" });
    other.connection.exec(`${INSERT_TASK}; ${INSERT_TASK}`);
    other.stop();
    const repository = reader(orchestrator.path);
    const before = await repository.read(["stages"]);
    expect(tasksOf(before)).toBe(0);
    await orchestrator.stop();
    renameSync(other.path, orchestrator.path);
    const after = await repository.read(["stages"]);
    expect(tasksOf(after)).toBe(2);
    expect(after.sourceEpoch).not.toBe(before.sourceEpoch);
  });

  it("may be overwritten in place by an older one, which is read with a new epoch", async () => {
    await using orchestrator = await startOrchestrator({ journal: "delete" });
    await orchestrator.exec(INSERT_TASK);
    const backup = join(orchestrator.directory, "backup.db");
    spawnSync("cp", [orchestrator.path, backup]);
    await orchestrator.exec(INSERT_TASK);
    const repository = reader(orchestrator.path);
    const before = await repository.read(["stages"]);
    expect(tasksOf(before)).toBe(2);
    await orchestrator.stop();
    spawnSync("sh", ["-c", `cat '${backup}' > '${orchestrator.path}'`]);
    const after = await repository.read(["stages"]);
    expect(tasksOf(after)).toBe(1);
    expect(after.sourceEpoch).not.toBe(before.sourceEpoch);
  });

  it("keeps its epoch across commits, a restart of the orchestrator and a restart of the reader", async () => {
    await using orchestrator = await startOrchestrator();
    const first = await reader(orchestrator.path).read(["stages"]);
    await orchestrator.exec(INSERT_TASK);
    await orchestrator.stop();
    const second = await reader(orchestrator.path).read(["stages"]);
    expect(second.sourceEpoch).toBe(first.sourceEpoch);
  });

  const broken: [string, (path: string) => void, string, string][] = [
    ["an empty file", (path) => writeFileSync(path, ""), "failed_precondition", "no table tasks"],
    ["random bytes", (path) => writeFileSync(path, "x".repeat(8192)), "data_loss", "not a SQLite database"],
    [
      "a folder",
      (path) => mkdirSync(path),
      "failed_precondition",
      "the path is a directory, not a database file",
    ],
  ];
  for (const [what, make, code, mention] of broken) {
    it(`may be ${what}: that is reported, and no file appears`, async () => {
      const directory = mkdtempSync(join(tmpdir(), "orch-metrics-test-"));
      const path = join(directory, "orchestrator.db");
      make(path);
      const failure = await read(reader(path));
      rmSync(directory, { recursive: true });
      expect(failure).toMatchObject({ code, message: expect.stringContaining(mention) });
      expect(JSON.stringify(failure)).not.toContain(directory);
    });
  }

  it("may be truncated or damaged: the affected part reports that", async () => {
    using database = createDatabase({ journal: "delete" });
    database.connection.exec(
      `INSERT INTO tasks (work_item, title, stage, stage_entered_at, created_at, updated_at)
       WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000)
       SELECT 'ORCH', hex(randomblob(100)), 'review', '2026-01-31T12:00:00.000Z', '', '' FROM n`,
    );
    database.stop();
    truncateSync(database.path, 16_384);
    expect(await read(reader(database.path))).toMatchObject({ code: "data_loss" });
  });
});

describe("a migration during readings", () => {
  it("affects only its sections, which recover once the column is back", async () => {
    await using orchestrator = await startOrchestrator();
    await orchestrator.exec(INSERT_TASK);
    const repository = reader(orchestrator.path);
    expect(await read(repository)).toBe(1);
    await orchestrator.exec("DROP INDEX tasks_active; ALTER TABLE tasks RENAME COLUMN stage TO phase");
    const { parts } = await repository.read(["stages", "queue", "agents"]);
    expect(parts.stages).toMatchObject({
      ok: false,
      failure: { code: "failed_precondition", message: "the database has no column stage" },
    });
    expect(parts.queue).toMatchObject({ ok: true });
    expect(parts.agents).toMatchObject({ ok: true });
    await orchestrator.exec(
      "ALTER TABLE tasks RENAME COLUMN phase TO stage; ALTER TABLE tasks ADD COLUMN extra TEXT",
    );
    expect(await read(repository)).toBe(1);
  });
});

describe("the mount table", () => {
  it("identifies a mounted file, even with a space in its path", () => {
    const line = "36 35 8:1 /a /data/my\\040file.db ro,relatime - ext4 /dev/sda1 rw";
    const mounts = parseMountinfo(line);
    expect(isMountPoint("/data/my file.db", mounts)).toBe(true);
    expect(isMountPoint("/data", mounts)).toBe(false);
  });
});

/** `full-speed.release.test.ts` has longer runs with eight readers and with a WAL. */
describe("a writer at full speed", () => {
  it("is never refused a commit while two readers read a database with a rollback journal", async () => {
    await expectNoCommitRefused({ journal: "delete", readers: 2, isEnough: hasSeenWrites });
  });
});
