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

/** `read-only.test.ts` has all other states for this start. */
const isElsewhere = (what: string, how: string) =>
  how === "started like the unit, without write access" &&
  what !== "a WAL database whose orchestrator was killed";

describe("the service", AS_NOBODY, () => {
  it.each(Object.keys(STATES) as (keyof typeof STATES)[])(
    "returns everything from %s, however it is started, and changes nothing",
    { timeout: 120_000 },
    async (what) => {
      await using orchestrator = await inState(what);
      const answers: [how: string, answer: unknown][] = [];
      for (const [how, { options, but }] of Object.entries<Start>(STARTS)) {
        if (isElsewhere(what, how)) continue;
        const before = state(orchestrator, but);
        await using bound = await startProgram(orchestrator.path, options);
        answers.push([how, await everything(bound)]);
        expect(state(orchestrator, but), how).toBe(before);
        await bound.stop();
        expect(state(orchestrator, but), how).toBe(before);
      }
      await using free = await startProgram(orchestrator.path);
      const expected = await everything(free);
      for (const [how, answer] of answers) expect(answer, how).toEqual(expected);
    },
  );
});

describe("Node's permission model as the unit sets it", () => {
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
