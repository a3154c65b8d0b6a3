/** `up` when something cannot start, ends or hangs. */
import { existsSync, writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, it } from "vitest";
import { processTree } from "../../bench/programs.ts";
import { AGENT } from "../scenarios/processes.ts";
import { startsChildren } from "../support/children.ts";
import { createDatabase } from "../support/database.ts";
import { eventually, runProgram, startProgram } from "../support/service.ts";
import { startUp } from "./start-up.ts";

const start = startsChildren();

describe("up", () => {
  it("says in one line which port is in use", async () => {
    const other = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => other.once("listening", resolve));
    const port = String((other.address() as AddressInfo).port);
    using database = createDatabase();
    const state = { XDG_STATE_HOME: database.directory };
    const service = await runProgram(["up", "--port", port], state);
    const page = await runProgram(["up", "--port", "0", "--page-port", port], state);
    other.close();
    expect(service).toEqual({
      code: 1,
      stdout: "",
      stderr: `orch-metrics: cannot listen on 127.0.0.1 port ${port}: the port is in use: stop the other program, or choose another --port\n`,
    });
    expect(page).toEqual({
      code: 1,
      stdout: "",
      stderr: `orch-metrics: port ${port} of 127.0.0.1 is in use: choose another with --page-port\n`,
    });
  });

  it("refuses what `serve` refuses, in the same words", async () => {
    for (const flags of [
      ["--profile", "n8n"],
      ["--profile", "nowhere"],
      ["--database", "mysql://here/db"],
    ]) {
      const served = await runProgram(["serve", "--port", "0", ...flags]);
      expect(served.stderr).toMatch(/^orch-metrics: .+\n$/);
      expect(await runProgram(["up", "--port", "0", ...flags]), flags.join(" ")).toEqual(served);
    }
  });

  it("logs what `serve` logs of a database that no profile fits", async () => {
    using database = createDatabase();
    const other = join(database.directory, "other.db");
    using connection = new DatabaseSync(other);
    connection.exec("CREATE TABLE other (id INTEGER)");
    await using served = await startProgram(other);
    const said = () => /"msg":"(not ready: [^"]+)"/.exec(served.log())?.[1];
    await eventually("serve says so", () => said() !== undefined);
    expect(said()).toContain("fits no shipped profile");
    await using up = await startUp(["--database", other]);
    await eventually("up says the same", () => up.stderr().includes(` WARN  ${said()} `));
    expect(up.stdout()).not.toContain("Found");
  });

  it("names a database without a running agent", async () => {
    using database = createDatabase();
    await using up = await startUp(["--database", database.path, "--history", "none"]);
    await eventually("it says so", () => /`orch-metrics\scheck`/.test(up.stdout()));
    expect(up.stdout().replaceAll("\n", " ")).toContain(`Found no running agent in ${database.path}. `);
    expect(up.stderr()).toMatch(/INFO {2}ready: reading the database with the profile reference/);
    expect(existsSync(join(up.folder, "orch-watchdog"))).toBe(false);
  });

  for (const program of ["service", "watchdog"])
    it(`stops and exits with 1 when the ${program} ends`, async () => {
      await using up = await startUp([]);
      const pid = up.pids[program === "service" ? 1 : 2] as number;
      process.kill(pid, "SIGKILL");
      expect(await up.closed).toBe(1);
      expect(up.stderr()).toContain(
        `orch-metrics: the ${program} ended: it ended unexpectedly (SIGKILL)\norch-metrics: both programs are stopped\n`,
      );
      await up.nothingIsLeft();
    });

  it("leaves no process on SIGTERM, not even a stopped one", async () => {
    await using up = await startUp([]);
    process.kill(up.pids[1] as number, "SIGSTOP");
    up.child.kill("SIGTERM");
    expect(await up.closed).toBe(0);
    await up.nothingIsLeft();
  }, 30_000);

  it("leaves no process on SIGHUP, nor the one that reads the database", async () => {
    using database = createDatabase();
    await using up = await startUp(["--database", database.path]);
    let pids: readonly number[] = [];
    await eventually("the reader runs", () => {
      pids = processTree(up.child.pid as number);
      return pids.length === 4;
    });
    up.child.kill("SIGHUP");
    expect(await up.closed).toBe(0);
    await eventually("no process is left", () => pids.every((pid) => !existsSync(`/proc/${pid}`)));
  });

  it("prints an alert of an agent that hangs in lines to read", async () => {
    const program = `agent-${process.pid}`;
    start(process.execPath, [AGENT, "deadlocked"], { argv0: program, cwd: "/var" });
    using database = createDatabase();
    const thresholds = join(database.directory, "thresholds.yaml");
    writeFileSync(thresholds, JSON.stringify({ judgement: { lock_seconds: 3, recent_seconds: 2 } }));
    await using up = await startUp(["--watch-processes", program], {
      ORCH_WATCHDOG_THRESHOLDS: thresholds,
      ORCH_WATCHDOG_POLL_SECONDS: "0.5",
    });
    await eventually("the alert is printed", () =>
      new RegExp(`^[\\d:]{8} ERROR firing: ${program} \\(run \\S+, task var\\) is hung\n {4}\\S`, "m").test(
        up.stderr(),
      ),
    );
    expect(up.stderr()).not.toContain("{");
  });
});
