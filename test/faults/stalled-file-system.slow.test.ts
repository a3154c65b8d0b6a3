/** A file system that hangs: the service responds, whatever waits for that file system. */
import { once } from "node:events";
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createDatabase } from "../support/database.ts";
import { INSERT_TASK, startOrchestrator } from "../support/orchestrator.ts";
import { requires } from "../support/requires.ts";
import { eventually, type RunningProgram, runProgram, startProgram, untilOk } from "../support/service.ts";
import { canStall, mountStalling } from "./stalled-file-system.ts";

const STALLING = requires(canStall, "root, /dev/fuse, and Debian's package bindfs");

const threadsOf = ({ child }: RunningProgram) => readdirSync(`/proc/${child.pid}/task`).length;

/** Returns the duration in milliseconds, and the result. */
async function timed<T>(work: () => Promise<T>): Promise<[number, T]> {
  const began = performance.now();
  const result = await work();
  return [performance.now() - began, result];
}

describe("a database on a file system that hangs", STALLING, () => {
  it("gives deadline_exceeded until it continues, while /health responds at once", {
    timeout: 180_000,
  }, async () => {
    await using files = await mountStalling();
    await using orchestrator = await startOrchestrator({ directory: files.newFolder() });
    await orchestrator.exec(INSERT_TASK);
    await using program = await startProgram(orchestrator.path);
    await untilOk(program);
    const threads = threadsOf(program);

    await files.stalledWhile(async () => {
      const first = await program.metrics();
      for (const section of [first.stages, first.queue, first.queue?.gates, first.agents, first.cost])
        expect(section?.error?.code).toBe("deadline_exceeded");
      // No request waits a second time for the hung file system, and nothing queues behind it.
      for (let call = 0; call < 20; call += 1) {
        const [took, again] = await timed(() => program.metrics());
        expect(again.stages?.error?.code).toBe("deadline_exceeded");
        expect(took).toBeLessThan(1_500);
      }
      expect((await program.get("/health")).status).toBe(200);
      expect((await program.get("/ready")).status).toBe(503);
      expect((await program.get("/status")).status).toBe(503);
      expect(threadsOf(program)).toBeLessThanOrEqual(threads);
    });
    expect((await untilOk(program)).stages?.counts).toEqual({ review: 1 });
    await orchestrator.exec(INSERT_TASK);
    await eventually(
      "a new commit is reported",
      async () => (await program.metrics()).stages?.counts?.review === 2,
    );
    expect(threadsOf(program)).toBeLessThanOrEqual(threads);
  });

  it("does not prevent the service from stopping", { timeout: 120_000 }, async () => {
    await using files = await mountStalling();
    await using orchestrator = await startOrchestrator({ directory: files.newFolder() });
    await using program = await startProgram(orchestrator.path);
    await untilOk(program);
    const ended = once(program.child, "exit");
    await files.stalledWhile(async () => {
      expect((await program.metrics()).stages?.error?.code).toBe("deadline_exceeded");
      program.child.kill("SIGTERM");
      await eventually("it has stopped", () => program.log().includes('"msg":"stopped"'), 30);
      // The killed reader process remains until the kernel releases the file.
      expect(await ended).toEqual([0, null]);
    });
  });

  it("makes a run's process unknown if its folder is there, and delays nothing", {
    timeout: 120_000,
  }, async () => {
    await using files = await mountStalling();
    using database = createDatabase();
    const profile = join(database.directory, "mine.sql");
    writeFileSync(
      profile,
      `-- dialect: sqlite
-- name: agents
SELECT 'a' AS run_id, NULL AS task_id, NULL AS agent, NULL AS model, NULL AS pid, NULL AS host, NULL AS started_at_ms,
  NULL AS heartbeat_at_ms, '${files.folder}/a.jsonl' AS open_file, '${files.newFolder()}' AS cwd, 'sleep' AS program`,
    );
    await using program = await startProgram(database.path, { args: ["--profile", profile] });
    await eventually("it is ready", async () => (await program.get("/ready")).ok);
    await files.stalledWhile(async () => {
      for (let call = 0; call < 3; call += 1) {
        const [took, { agents }] = await timed(() => program.metrics());
        expect(agents?.running).toMatchObject([{ presence: "unknown" }]);
        expect(took).toBeLessThan(2_500);
      }
      expect((await program.get("/health")).status).toBe(200);
    });
  });

  it("is reported by `check`, which ends", { timeout: 120_000 }, async () => {
    await using files = await mountStalling();
    await using orchestrator = await startOrchestrator({ directory: files.newFolder() });
    const check = () => runProgram(["check", "--database", orchestrator.path]);
    const { stdout } = await files.stalledWhile(check);
    expect(stdout).toMatch(/FAILED +database +.*: deadline_exceeded/);
  });
});

describe("logs on a file system that hangs", STALLING, () => {
  it("are omitted, while long responses are still compressed and sent", { timeout: 120_000 }, async () => {
    await using files = await mountStalling();
    await using orchestrator = await startOrchestrator();
    for (let run = 1; run <= 30; run += 1) {
      const values = `'developer', 'host-of-nobody', '2026-01-31T12:00:00.000Z', '${join(files.folder, `${run}.log`)}'`;
      await orchestrator.exec(
        `INSERT INTO agent_runs (agent, host, started_at, log_path) VALUES (${values})`,
      );
    }
    await using program = await startProgram(orchestrator.path, { args: ["--local-host", "host-of-nobody"] });
    await untilOk(program);
    await files.stalledWhile(async () => {
      for (let call = 0; call < 5; call += 1) {
        const response = await program.get("/metrics", { headers: { "accept-encoding": "gzip" } });
        expect(response.headers.get("content-encoding")).toBe("gzip");
        const { agents } = JSON.parse(await response.text());
        expect(agents.error).toBeNull();
        expect(agents.running).toHaveLength(30);
        expect(agents.running[0].log).toBeNull();
      }
    });
  });
});
