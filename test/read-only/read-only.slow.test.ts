/**
 * The service cannot write: every way to start it over every state of the database, and what else
 * `read-only.test.ts` omits.
 */
import { spawnSync } from "node:child_process";
import { chownSync, copyFileSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { INSERT_TASK, startOrchestrator } from "../support/orchestrator.ts";
import { AS_NOBODY, NOBODY } from "../support/other-user.ts";
import { eventually, startProgram, untilOk } from "../support/service.ts";
import { documentedFlags } from "./start.ts";
import { everything, inState, ROWS, STARTS, STATES, type Start, state } from "./states.ts";

/** `read-only.test.ts` has the other states for this start. */
const BOTH = "started like the unit, without write access";
const LEFT: readonly (keyof typeof STATES)[] = ["a WAL database whose orchestrator was killed"];

for (const [how, { options, but }] of Object.entries<Start>(STARTS)) {
  describe(`the service ${how}`, AS_NOBODY, () => {
    for (const what of how === BOTH ? LEFT : (Object.keys(STATES) as (keyof typeof STATES)[])) {
      it(`returns everything from ${what}, and changes nothing`, { timeout: 120_000 }, async () => {
        await using orchestrator = await inState(what);
        const before = state(orchestrator, but);
        await using bound = await startProgram(orchestrator.path, options);
        const told = await everything(bound);
        expect(state(orchestrator, but)).toBe(before);
        await bound.stop();
        expect(state(orchestrator, but)).toBe(before);
        await using free = await startProgram(orchestrator.path);
        expect(told).toEqual(await everything(free));
      });
    }
  });
}

describe("Node's permission model as the unit sets it", () => {
  it("applies to the reading thread and to the process that reads stopped databases", async () => {
    const flags = documentedFlags();
    expect(flags).toContain("--permission");
    expect(flags.filter((flag) => flag.startsWith("--allow-fs-write"))).toEqual([
      "--allow-fs-write=/run/orch-metrics/",
    ]);
    await using orchestrator = await startOrchestrator();
    await orchestrator.stop();
    await using program = await startProgram(orchestrator.path, { nodeFlags: flags });
    await untilOk(program);
    const child = spawnSync("pgrep", ["-P", String(program.child.pid)], { encoding: "utf8" }).stdout.trim();
    const command = readFileSync(`/proc/${child}/cmdline`, "latin1");
    expect(command.split("\0")).toContain("--permission");
    expect(command).not.toContain("--allow-fs-write");
  });

  it("gives an error that names what is missing if it forbids the process that reads stopped databases", async () => {
    await using orchestrator = await startOrchestrator();
    await orchestrator.stop();
    const nodeFlags = documentedFlags().filter((flag) => flag !== "--allow-child-process");
    await using program = await startProgram(orchestrator.path, { nodeFlags });
    await eventually("it says so", async () => {
      const { stages } = await program.metrics();
      return stages?.error?.message?.includes("permission model") === true;
    });
    expect((await program.metrics()).stages?.error?.code).toBe("permission_denied");
  });

  it("applies to the process that reads with the user's own profile", { timeout: 90_000 }, async () => {
    await using orchestrator = await startOrchestrator();
    await orchestrator.exec(ROWS);
    const profile = join(orchestrator.directory, "mine.sql");
    copyFileSync(new URL("../../profiles/reference.sql", import.meta.url), profile);
    const options = { nodeFlags: documentedFlags(), args: ["--profile", profile] };
    await using program = await startProgram(orchestrator.path, options);
    await untilOk(program);
    const child = spawnSync("pgrep", ["-P", String(program.child.pid)], { encoding: "utf8" }).stdout.trim();
    expect(readFileSync(`/proc/${child}/cmdline`, "latin1").split("\0")).toContain("--permission");
  });
});

describe("a user", AS_NOBODY, () => {
  it("that is root causes no harm: files that SQLite might leave belong to the owner", {
    timeout: 90_000,
  }, async () => {
    await using orchestrator = await startOrchestrator();
    chownSync(orchestrator.directory, NOBODY, NOBODY);
    for (const suffix of ["", "-wal", "-shm"]) chownSync(orchestrator.path + suffix, NOBODY, NOBODY);
    await using program = await startProgram(orchestrator.path);
    await untilOk(program);
    await orchestrator.exec(INSERT_TASK);
    await eventually(
      "it is reported",
      async () => (await program.metrics()).stages?.counts?.review === 1,
      30,
    );
    const owners = spawnSync("stat", ["-c", "%u", ...orchestrator.files()], {
      cwd: orchestrator.directory,
      encoding: "utf8",
    }).stdout;
    expect(owners.trim().split("\n")).toEqual(Array(3).fill(String(NOBODY)));
  });
});
