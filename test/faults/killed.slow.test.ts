/** Processes that are killed or hang, one at a time. test/chaos does that at random and under load. */
import { spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { INSERT_TASK, startOrchestrator } from "../support/orchestrator.ts";
import { eventually, type RunningProgram, startProgram, untilOk } from "../support/service.ts";

/** Returns the pid of the reader process. */
function childOf({ child }: RunningProgram): number {
  return Number(spawnSync("pgrep", ["-P", String(child.pid)], { encoding: "utf8" }).stdout);
}

const tasksOf = async (program: RunningProgram) => (await program.metrics()).stages?.counts?.review;

describe("the service", () => {
  for (const journal of ["wal", "delete"] as const) {
    it(`killed during a reading leaves no files, and the next one reads normally (${journal})`, {
      timeout: 90_000,
    }, async () => {
      await using orchestrator = await startOrchestrator({ journal });
      await orchestrator.exec(INSERT_TASK);
      const files = orchestrator.files();
      for (let round = 0; round < 3; round += 1) {
        await using program = await startProgram(orchestrator.path);
        await untilOk(program);
        const asking = Array.from({ length: 20 }, () => program.metrics().catch(() => undefined));
        await program.stop("SIGKILL");
        await Promise.all(asking);
        await orchestrator.exec(INSERT_TASK);
        expect(orchestrator.files()).toEqual(files);
      }
      await using program = await startProgram(orchestrator.path);
      expect((await untilOk(program)).stages?.counts).toEqual({ review: 4 });
      await orchestrator.exec("PRAGMA integrity_check; PRAGMA wal_checkpoint(TRUNCATE)");
    });
  }

  it("suspended with SIGSTOP answers pending requests with the current state", {
    timeout: 90_000,
  }, async () => {
    await using orchestrator = await startOrchestrator();
    await using program = await startProgram(orchestrator.path);
    await untilOk(program);
    program.child.kill("SIGSTOP");
    const asked = program.metrics();
    await orchestrator.exec(INSERT_TASK);
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    program.child.kill("SIGCONT");
    const { stages } = await asked;
    expect(stages?.error?.code ?? stages?.counts?.review).toSatisfy(
      (stage: unknown) => stage === 1 || stage === "deadline_exceeded",
    );
    expect((await untilOk(program)).stages?.counts).toEqual({ review: 1 });
  });
});

describe("the reader process", () => {
  it("may be killed, and is replaced", { timeout: 90_000 }, async () => {
    await using orchestrator = await startOrchestrator();
    await orchestrator.exec(INSERT_TASK);
    await orchestrator.stop();
    await using program = await startProgram(orchestrator.path);
    await untilOk(program);
    const first = childOf(program);
    process.kill(first, "SIGKILL");
    // The current state of the file was read. It is read again only after a change or some time.
    await eventually("it is replaced", () => childOf(program) !== first, 30);
    expect((await untilOk(program)).stages?.counts).toEqual({ review: 1 });
    expect(program.log()).not.toContain('"level":50');
  });

  it("may hang, which gives deadline_exceeded until it continues", {
    timeout: 120_000,
  }, async () => {
    await using orchestrator = await startOrchestrator();
    await orchestrator.exec(INSERT_TASK);
    await orchestrator.stop();
    await using program = await startProgram(orchestrator.path);
    await untilOk(program);
    const child = childOf(program);
    process.kill(child, "SIGSTOP");
    // A new modification time makes the service read again.
    spawnSync("touch", [orchestrator.path]);
    await eventually(
      "it is reported",
      async () => (await program.metrics()).stages?.error?.code === "deadline_exceeded",
      30,
    );
    expect((await program.get("/health")).status).toBe(200);
    process.kill(child, "SIGCONT");
    expect((await untilOk(program)).stages?.counts).toEqual({ review: 1 });
  });
});

describe("the orchestrator", () => {
  for (const journal of ["wal", "delete"] as const) {
    it(`killed during a commit leaves its committed data readable, or an error that explains why not (${journal})`, {
      timeout: 120_000,
    }, async () => {
      await using orchestrator = await startOrchestrator({ journal });
      await using program = await startProgram(orchestrator.path);
      await untilOk(program);
      await orchestrator.exec(INSERT_TASK);
      await orchestrator.flood(`UPDATE tasks SET title = hex(randomblob(20000)), updated_at = 'now'`);
      await new Promise((resolve) => setTimeout(resolve, 500));
      await orchestrator.kill();
      await eventually(
        "it is reported",
        async () => {
          const { stages } = await program.metrics();
          return stages?.counts?.review === 1 || stages?.error?.message?.includes("hot journal") === true;
        },
        30,
      );
      await using again = await startOrchestrator({
        journal,
        directory: orchestrator.directory,
        schema: INSERT_TASK,
      });
      await eventually("everything is reported again", async () => (await tasksOf(program)) === 2, 30);
      expect(again.files().every((file) => file.startsWith("orchestrator.db"))).toBe(true);
    });
  }
});
