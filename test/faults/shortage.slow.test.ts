/** Too few file descriptors, too little memory, no space on the disk. */
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { Agent, type ClientRequest, get } from "node:http";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { GetMetricsResponseJson } from "../../gen/orchestrator/metrics/v1/metrics_pb.js";
import { INSERT_TASK, startOrchestrator } from "../support/orchestrator.ts";
import { AS_NOBODY } from "../support/other-user.ts";
import { READ_ONLY } from "../support/read-only.ts";
import { requires } from "../support/requires.ts";
import { eventually, type RunningProgram, startProgram, untilOk } from "../support/service.ts";

const AT = "'2026-01-31T12:00:00.000Z'";

const stagesProfile = (from: string) => `-- dialect: sqlite
-- system: a test
-- versions: 1
-- terminal-stages: done

-- name: stages
SELECT CAST(id AS TEXT) AS task_id, work_item, stage, 1 AS entered_at_ms, title FROM ${from}
`;

/** Allows the process to open that many more files, or as many as before if undefined. */
function limitFiles({ child }: RunningProgram, more: number | undefined): void {
  const open = new Set(readdirSync(`/proc/${child.pid}/fd`).map(Number));
  // A new descriptor gets the lowest free number: open(2).
  let limit = 0;
  for (let left = more ?? 1024; left > 0 || open.has(limit); limit += 1) if (!open.has(limit)) left -= 1;
  spawnSync("prlimit", ["--pid", String(child.pid), `--nofile=${limit}:`]);
}

/** Sends requests over one connection that stays open. */
function keptOpen(url: string) {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const ask = <T>(path: string) =>
    new Promise<T>((resolve, reject) => {
      get(`${url}${path}`, { agent }, (response) => {
        let text = "";
        response.setEncoding("utf8").on("data", (chunk) => (text += chunk));
        response.once("end", () => resolve(JSON.parse(text)));
      })
        .setTimeout(10_000, function (this: ClientRequest) {
          // Without a descriptor the service cannot accept a new connection if the open one was closed.
          this.destroy(new Error("no answer within 10 s"));
        })
        .once("error", reject);
    });
  return {
    metrics: () => ask<GetMetricsResponseJson>("/metrics"),
    health: () => ask<unknown>("/health"),
    [Symbol.dispose]: () => agent.destroy(),
  };
}

describe("without free file descriptors", () => {
  it("a connected client still reads the database, no process counts as gone, and everything recovers", {
    timeout: 120_000,
  }, async () => {
    await using orchestrator = await startOrchestrator();
    const child = spawn("sleep", ["300"]);
    await orchestrator.exec(
      `${INSERT_TASK}; INSERT INTO agent_runs (agent, pid, started_at) VALUES ('a', ${child.pid}, ${AT})`,
    );
    await using program = await startProgram(orchestrator.path);
    using client = keptOpen(program.url);
    await untilOk(program);
    expect((await client.metrics()).agents?.running?.[0]?.presence).toBe("running");
    limitFiles(program, 0);
    const short = await client.metrics();
    // A separate process reads it with its own descriptors.
    expect(short.stages?.error).toBeNull();
    expect(["running", "unknown"]).toContain(short.agents?.running?.[0]?.presence);
    limitFiles(program, undefined);
    expect((await untilOk(program)).agents?.running?.[0]?.presence).toBe("running");
    child.kill();
    expect(program.log()).not.toContain('"level":50');
  });

  it("the reading process cannot be started: the sections say why, and are read again afterwards", {
    timeout: 120_000,
  }, async () => {
    await using orchestrator = await startOrchestrator();
    await using program = await startProgram(orchestrator.path);
    using client = keptOpen(program.url);
    await untilOk(program);
    await client.health();
    limitFiles(program, 0);
    const { pid } = program.child;
    for (const reader of readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" "))
      process.kill(Number(reader), "SIGKILL");
    await eventually("the shortage is reported", async () =>
      /has no file descriptor left/.test((await client.metrics()).stages?.error?.message ?? ""),
    );
    limitFiles(program, undefined);
    await untilOk(program);
    expect(program.log()).not.toContain('"level":50');
  });

  it("an agent's process is unknown, not hidden or gone", {
    timeout: 120_000,
  }, async () => {
    await using orchestrator = await startOrchestrator();
    await orchestrator.exec(
      `INSERT INTO agent_runs (agent, pid, started_at) VALUES ('a', ${process.pid}, ${AT})`,
    );
    await using program = await startProgram(orchestrator.path);
    using client = keptOpen(program.url);
    const presences = new Set<string | undefined>();
    // The database is open by then, and no process was read yet.
    await eventually("it is ready", async () => (await program.get("/ready")).ok, 60);
    await client.health();
    for (let more = 0; more < 12; more += 1) {
      limitFiles(program, more);
      const { agents } = await client.metrics().catch((): GetMetricsResponseJson => ({}));
      if (agents?.error === null) presences.add(agents.running?.[0]?.presence);
    }
    limitFiles(program, undefined);
    expect([...presences].filter((presence) => presence !== "running" && presence !== "unknown")).toEqual([]);
    expect((await untilOk(program)).agents?.running?.[0]?.presence).toBe("running");
  });
});

describe("with little memory", () => {
  const groups = "/sys/fs/cgroup/memory";
  const canLimit = process.getuid?.() === 0 && existsSync(`${groups}/memory.limit_in_bytes`);
  it("the service reads and responds within the unit's 256 MiB", {
    timeout: 120_000,
    ...requires(canLimit, "root and the memory controller of cgroups, version 1"),
  }, async () => {
    const group = join(groups, `orch-metrics-test-${process.pid}`);
    mkdirSync(group);
    writeFileSync(join(group, "memory.limit_in_bytes"), String(256 * 1024 * 1024));
    await using orchestrator = await startOrchestrator();
    await orchestrator.exec(
      `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000)
       INSERT INTO tasks (work_item, stage, stage_entered_at, created_at, updated_at)
       SELECT 'ORCH-' || i, 'review', ${AT}, ${AT}, ${AT} FROM n`,
    );
    const enter = `echo $$ > ${group}/cgroup.procs && exec "$0" "$@"`;
    await using program = await startProgram(orchestrator.path, { through: ["sh", "-c", enter] });
    await untilOk(program);
    for (let call = 0; call < 30; call += 1) {
      await orchestrator.exec(INSERT_TASK);
      // On a busy machine a reading may be late.
      await eventually(
        "it is counted",
        async () => (await program.metrics()).stages?.counts?.review === 100_001 + call,
        60,
      );
    }
    await program.stop();
    await eventually("the group is empty", () => {
      try {
        rmdirSync(group);
        return true;
      } catch {
        return false;
      }
    });
  });
});

describe("without write access to any file system", AS_NOBODY, () => {
  it("everything is read: sorting more than SQLite's cache needs no temporary file", {
    timeout: 120_000,
  }, async () => {
    await using orchestrator = await startOrchestrator();
    await orchestrator.exec(
      `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 6000)
       INSERT INTO tasks (work_item, title, stage, stage_entered_at, created_at, updated_at)
       SELECT 'ORCH-' || i, printf('%.*c', 300, 'x'), 'stage-' || (i % 7), ${AT}, ${AT}, ${AT} FROM n`,
    );
    const args = ["--profile", join(orchestrator.directory, "sorting.sql")];
    const sorted = "(SELECT *, row_number() OVER (ORDER BY title, work_item) AS place FROM tasks)";
    writeFileSync(args[1] as string, stagesProfile(sorted));
    for (const ending of ["live", "stopped"]) {
      if (ending === "stopped") await orchestrator.stop();
      await using program = await startProgram(orchestrator.path, { through: READ_ONLY, args });
      const omitted = async () => (await program.metrics("?read_mask=stages")).stages?.tasks_omitted;
      await eventually(`it is read ${ending}`, async () => (await omitted()) === 5_000, 60);
      // The reader closes the file first.
      await program.stop();
    }
    expect(orchestrator.files()).toEqual(["orchestrator.db", "sorting.sql"]);
  });
});
