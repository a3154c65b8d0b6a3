/**
 * The service cannot write, as shown by its responses in an environment without write access, and by the
 * unchanged files. `read-only.release.test.ts` has every way to start it over every state of the database.
 */
import { spawnSync } from "node:child_process";
import { chmodSync, chownSync, mkdtempSync, readFileSync, renameSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { INSERT_TASK, startOrchestrator, type TestOrchestrator } from "../support/orchestrator.ts";
import { AS_NOBODY, NOBODY, type ThroughNobody, throughNobody } from "../support/other-user.ts";
import { eventually, type RunningProgram, startProgram, untilOk } from "../support/service.ts";
import { documentedFlags } from "./start.ts";
import { everything, inState, STARTS, type STATES, state } from "./states.ts";

describe("the service started like the unit, without write access", AS_NOBODY, () => {
  const { options } = STARTS["started like the unit, without write access"];
  const databases: TestOrchestrator[] = [];
  /**
   * What each service reads: a link to the newest database. A service that may write leaves its mark in a
   * `-shm`, as readers do.
   */
  let folder: string;
  const linkOf = (which: "bound" | "free") => join(folder, `${which}.db`);
  let bound: RunningProgram;
  let free: RunningProgram;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "orch-metrics-test-"));
    [bound, free] = await Promise.all([startProgram(linkOf("bound"), options), startProgram(linkOf("free"))]);
  });
  afterAll(async () => {
    const all: (AsyncDisposable | undefined)[] = [bound, free, ...databases];
    await Promise.all(all.map((each) => each?.[Symbol.asyncDispose]()));
    rmSync(folder, { recursive: true });
  });

  async function database(what: keyof typeof STATES): Promise<TestOrchestrator> {
    const created = await inState(what);
    databases.push(created);
    return created;
  }

  function point(which: "bound" | "free", { path }: TestOrchestrator): void {
    const link = linkOf(which);
    symlinkSync(path, `${link}.next`);
    renameSync(`${link}.next`, link);
  }

  it.each([
    "a database with a rollback journal",
    "a WAL database in use",
    "a WAL database whose orchestrator was stopped",
  ] as const)("returns everything from %s, and changes nothing", async (what) => {
    const orchestrator = await database(what);
    const before = state(orchestrator);
    point("bound", orchestrator);
    const answer = await everything(bound);
    expect(state(orchestrator)).toBe(before);
    point("free", orchestrator);
    expect(answer).toEqual(await everything(free));
  });

  it("runs the reading thread and the process that reads stopped databases under Node's permission model", async () => {
    const flags = documentedFlags();
    expect(flags).toContain("--permission");
    expect(flags.filter((flag) => flag.startsWith("--allow-fs-write"))).toEqual([
      "--allow-fs-write=/run/orch-metrics/",
    ]);
    point("bound", await database("a WAL database whose orchestrator was stopped"));
    await untilOk(bound);
    const child = spawnSync("pgrep", ["-P", String(bound.child.pid)], { encoding: "utf8" }).stdout.trim();
    const command = readFileSync(`/proc/${child}/cmdline`, "latin1");
    expect(command.split("\0")).toContain("--permission");
    expect(command).not.toContain("--allow-fs-write");
  });

  it("changes nothing when it stops", async () => {
    const before = databases.map((each) => state(each));
    await bound.stop();
    expect(databases.map((each) => state(each))).toEqual(before);
  });
});

describe("a user", AS_NOBODY, () => {
  let orchestrator: TestOrchestrator;
  let nobody: ThroughNobody;
  let program: RunningProgram;
  beforeAll(async () => {
    nobody = throughNobody();
    orchestrator = await startOrchestrator();
    chmodSync(orchestrator.directory, 0o777);
    program = await startProgram(orchestrator.path, nobody);
  });
  afterAll(async () => {
    await program?.[Symbol.asyncDispose]();
    await orchestrator?.[Symbol.asyncDispose]();
    nobody[Symbol.dispose]();
  });

  it("that may write the folder and is not the owner gets an error with the fix", async () => {
    await eventually(
      "it is refused",
      async () => (await program.metrics()).stages?.error?.code === "failed_precondition",
    );
    const { stages, queue, agents, cost } = await program.metrics();
    for (const section of [stages, queue, agents, cost]) {
      expect(section?.error?.message).toMatch(/run as the owner, or revoke write access to the folder/);
    }
    expect((await program.get("/ready")).status).toBe(503);
    expect(program.log()).toContain("run as the owner");
    await orchestrator.exec(INSERT_TASK);
  });

  it("that owns the database reads it, and the orchestrator keeps writing", async () => {
    await orchestrator.exec("DELETE FROM tasks");
    for (const suffix of ["", "-wal", "-shm"]) chownSync(orchestrator.path + suffix, NOBODY, NOBODY);
    await untilOk(program);
    await orchestrator.exec(INSERT_TASK);
    await eventually("it is reported", async () => (await program.metrics()).stages?.counts?.review === 1);
  });
});
