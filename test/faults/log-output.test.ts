/** Where the log or the output goes may be full, closed, or read by nobody: the service answers. */
import { spawn, spawnSync } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { createServer } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createDatabase, type TestDatabase } from "../support/database.ts";
import { eventually } from "../support/service.ts";

const PROGRAM = new URL("../../bin/orch-metrics.js", import.meta.url).pathname;

let database: TestDatabase;
beforeAll(() => {
  database = createDatabase();
});
afterAll(() => database[Symbol.dispose]());

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as { port: number };
  server.close();
  return port;
}

/** The service at the debug level, a line for each request, with this for its standard error. */
async function start(stderr: number | "pipe") {
  const port = await freePort();
  const args = ["serve", "--database", database.path, "--port", String(port), "--log-level", "debug"];
  const child = spawn(process.execPath, [PROGRAM, ...args], { stdio: ["ignore", "ignore", stderr] });
  const health = async () => {
    const response = await fetch(`http://127.0.0.1:${port}/health`, { signal: AbortSignal.timeout(5_000) });
    return response.status;
  };
  return {
    child,
    health,
    untilHealthy: () => eventually("it answers", async () => (await health().catch(() => 0)) === 200, 30),
    async [Symbol.asyncDispose]() {
      const ended = new Promise((resolve) => child.once("exit", resolve));
      if (child.exitCode === null && child.signalCode === null && child.kill("SIGKILL")) await ended;
    },
  };
}

describe("the log", () => {
  it("may go to a full disk", async () => {
    const full = openSync("/dev/full", "w");
    await using service = await start(full);
    closeSync(full);
    await service.untilHealthy();
    for (let call = 0; call < 20; call += 1) expect(await service.health()).toBe(200);
    expect(service.child.exitCode).toBeNull();
  });

  it("may go to a pipe that was closed", async () => {
    await using service = await start("pipe");
    await service.untilHealthy();
    service.child.stderr?.destroy();
    for (let call = 0; call < 20; call += 1) expect(await service.health()).toBe(200);
    expect(service.child.exitCode).toBeNull();
  });

  it("may go to a pipe that nobody reads any more, and the service still stops", {
    timeout: 90_000,
  }, async () => {
    await using service = await start("pipe");
    // A pipe and Node's own buffers hold some 100 KiB: as many requests fill them several times over.
    service.child.stderr?.pause();
    await service.untilHealthy();
    for (let call = 0; call < 4_000; call += 1) expect(await service.health()).toBe(200);
    const ended = new Promise((resolve) => service.child.once("exit", resolve));
    service.child.kill("SIGTERM");
    await ended;
  });
});

describe("a command's output", () => {
  const run = (command: string) =>
    spawnSync("sh", ["-c", command, process.execPath, PROGRAM, database.path], { encoding: "utf8" });

  it("that cannot be written is one line and exit code 1", () => {
    for (const command of ["check", "snapshot"]) {
      const { status, stderr } = run(`"$0" "$1" ${command} --database "$2" > /dev/full`);
      expect(status).toBe(1);
      expect(stderr).toBe("orch-metrics: cannot write the output (ENOSPC)\n");
    }
  });

  it("may be cut short by its reader, without a word", () => {
    const { stdout, stderr } = run('"$0" "$1" check --database "$2" | head -n 1');
    expect(stdout).toMatch(/^ok +stages/);
    expect(stderr).toBe("");
  });
});
