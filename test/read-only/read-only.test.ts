/** That the service cannot write, shown by what it answers where nothing can be written, and by what it leaves. */
import { spawnSync } from "node:child_process";
import { chmodSync, chownSync, copyFileSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { INSERT_TASK, startOrchestrator, type TestOrchestrator } from "../support/orchestrator.ts";
import { AS_NOBODY, NOBODY, throughNobody } from "../support/other-user.ts";
import { READ_ONLY } from "../support/read-only.ts";
import {
  eventually,
  type RunningProgram,
  type StartOptions,
  startProgram,
  untilSound,
} from "../support/service.ts";
import { documentedFlags } from "./start.ts";

const AT = "'2026-01-31T12:00:00.000Z'";
const ROWS = `${INSERT_TASK};
  INSERT INTO jobs (kind, status, attempts, available_at, created_at, started_at) VALUES
    ('a', 'done', 2, ${AT}, ${AT}, ${AT}), ('b', 'running', 1, ${AT}, ${AT}, ${AT}), ('c', 'queued', 0, ${AT}, ${AT}, NULL);
  INSERT INTO agent_runs (agent, model, pid, started_at, cost_usd) VALUES ('a', 'm', ${process.pid}, ${AT}, 1.5);
  INSERT INTO circuit_breakers VALUES ('api', 'open', 3, ${AT}, NULL, ${AT});
  INSERT INTO serial_gates VALUES ('repo', NULL, NULL, 2)`;

/** Without what passes while it is asked. */
function lasting(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (key, inner) =>
      /_seconds$|^generated_at$|^history_as_of$|^process$|^cpu_ticks$|^modified_at$/.test(key)
        ? undefined
        : inner,
    ),
  );
}

/** What each endpoint tells, in each form. */
async function everything(program: RunningProgram): Promise<unknown> {
  const envelope = await untilSound(program);
  const texts = [
    "/status",
    "/queue",
    "/ready",
    "/health",
    "/metrics?format=openmetrics",
    "/metrics?format=prometheus",
  ];
  const answers = await Promise.all(
    texts.map(async (path) => {
      const response = await program.get(path);
      return [path, response.status, (await response.text()).replaceAll(/ [-+.e\d]+$/gm, "")];
    }),
  );
  return lasting({ envelope, answers });
}

/** Name, size, time of the last change to the nanosecond, and contents of each file, and of the folder itself. */
function state({ directory }: TestOrchestrator, but = "none"): string {
  const script = `stat -c '%n %s %y' . && for file in $(ls | grep -v ${but}); do stat -c '%n %i %s %y' $file && sha256sum $file; done`;
  return spawnSync("sh", ["-c", script], { cwd: directory, encoding: "utf8" }).stdout;
}

const STATES: Readonly<Record<string, { journal: "wal" | "delete"; end?: "stop" | "kill" }>> = {
  "a WAL database in use": { journal: "wal" },
  "a WAL database whose orchestrator was stopped": { journal: "wal", end: "stop" },
  "a WAL database whose orchestrator was killed": { journal: "wal", end: "kill" },
  "a database with a rollback journal": { journal: "delete" },
};

const STARTS: Readonly<Record<string, { options: StartOptions; but?: string }>> = {
  "where nothing can be written": { options: { through: READ_ONLY } },
  // Reading marks itself in the shared memory, as any reader of a WAL database does.
  "started as the unit starts it": { options: { nodeFlags: documentedFlags() }, but: "shm" },
  "started as the unit starts it, where nothing can be written": {
    options: { nodeFlags: documentedFlags(), through: READ_ONLY },
  },
};

for (const [how, { options, but }] of Object.entries(STARTS)) {
  describe(`the service ${how}`, AS_NOBODY, () => {
    for (const [what, { journal, end }] of Object.entries(STATES)) {
      it(`tells all of ${what}, as ever, and changes nothing`, { timeout: 120_000 }, async () => {
        await using orchestrator = await startOrchestrator({ journal });
        await orchestrator.exec(ROWS);
        if (end) await orchestrator[end]();
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
  it("binds the thread that reads and the process that reads stopped databases too", async () => {
    const flags = documentedFlags();
    expect(flags).toContain("--permission");
    expect(flags.join(" ")).not.toMatch(/--allow-fs-write/);
    await using orchestrator = await startOrchestrator();
    await orchestrator.stop();
    await using program = await startProgram(orchestrator.path, { nodeFlags: flags });
    await untilSound(program);
    const child = spawnSync("pgrep", ["-P", String(program.child.pid)], { encoding: "utf8" }).stdout.trim();
    const command = readFileSync(`/proc/${child}/cmdline`, "latin1");
    expect(command.split("\0")).toContain("--permission");
    expect(command).not.toContain("--allow-fs-write");
  });

  it("binds the process that reads by a profile of one's own too", { timeout: 90_000 }, async () => {
    await using orchestrator = await startOrchestrator();
    await orchestrator.exec(ROWS);
    const profile = join(orchestrator.directory, "mine.sql");
    copyFileSync(new URL("../../profiles/reference.sql", import.meta.url), profile);
    const options = { nodeFlags: documentedFlags(), args: ["--profile", profile] };
    await using program = await startProgram(orchestrator.path, options);
    await untilSound(program);
    const child = spawnSync("pgrep", ["-P", String(program.child.pid)], { encoding: "utf8" }).stdout.trim();
    expect(readFileSync(`/proc/${child}/cmdline`, "latin1").split("\0")).toContain("--permission");
  });

  it("says what is missing where it forbids the process that reads stopped databases", async () => {
    await using orchestrator = await startOrchestrator();
    await orchestrator.stop();
    const nodeFlags = documentedFlags().filter((flag) => flag !== "--allow-child-process");
    await using program = await startProgram(orchestrator.path, { nodeFlags });
    await eventually(
      "it says so",
      async () => {
        const { stages } = await program.metrics();
        return stages?.error?.message?.includes("permission model") === true;
      },
      30,
    );
    expect((await program.metrics()).stages?.error?.code).toBe("permission_denied");
  });
});

describe("a user", AS_NOBODY, () => {
  it("that is not the owner and may write the folder is refused, with the mend", {
    timeout: 90_000,
  }, async () => {
    using nobody = throughNobody();
    await using orchestrator = await startOrchestrator();
    chmodSync(orchestrator.directory, 0o777);
    await using program = await startProgram(orchestrator.path, nobody);
    await eventually(
      "it is refused",
      async () => (await program.metrics()).stages?.error?.code === "failed_precondition",
      30,
    );
    const { stages, queue, agents, cost } = await program.metrics();
    for (const section of [stages, queue, agents, cost]) {
      expect(section?.error?.message).toMatch(/run as the owner, or take away the right to write the folder/);
    }
    expect((await program.get("/ready")).status).toBe(503);
    expect(program.log()).toContain("run as the owner");
    await orchestrator.exec(INSERT_TASK);
  });

  it("that owns it reads it, and the orchestrator goes on writing", { timeout: 90_000 }, async () => {
    using nobody = throughNobody();
    await using orchestrator = await startOrchestrator();
    chmodSync(orchestrator.directory, 0o777);
    for (const suffix of ["", "-wal", "-shm"]) chownSync(orchestrator.path + suffix, NOBODY, NOBODY);
    await using program = await startProgram(orchestrator.path, nobody);
    await untilSound(program);
    await orchestrator.exec(INSERT_TASK);
    await eventually("it is told", async () => (await program.metrics()).stages?.counts?.review === 1, 30);
  });

  it("that is root harms nobody: what SQLite might leave has the owner's name", {
    timeout: 90_000,
  }, async () => {
    await using orchestrator = await startOrchestrator();
    chownSync(orchestrator.directory, NOBODY, NOBODY);
    for (const suffix of ["", "-wal", "-shm"]) chownSync(orchestrator.path + suffix, NOBODY, NOBODY);
    await using program = await startProgram(orchestrator.path);
    await untilSound(program);
    await orchestrator.exec(INSERT_TASK);
    await eventually("it is told", async () => (await program.metrics()).stages?.counts?.review === 1, 30);
    const owners = spawnSync("stat", ["-c", "%u", ...orchestrator.files()], {
      cwd: orchestrator.directory,
      encoding: "utf8",
    }).stdout;
    expect(owners.trim().split("\n")).toEqual(Array(3).fill(String(NOBODY)));
  });
});
