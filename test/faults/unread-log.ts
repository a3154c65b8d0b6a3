/**
 * The service with an output for its log that may not accept it. The log cannot show the address, so the
 * service listens on a socket.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { Agent, get } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { eventually } from "../support/service.ts";

const PROGRAM = new URL("../../bin/orch-metrics.js", import.meta.url).pathname;

export interface Unheard extends AsyncDisposable {
  readonly child: ChildProcess;
  /** Requests a path, `/health` by default, and returns the status. */
  ask(path?: string): Promise<number>;
  untilHealthy(): Promise<void>;
  /** Sends SIGTERM, and resolves once the service has ended. */
  stop(): Promise<void>;
}

/** Starts the service at the debug level, with a line per request, and with this as its standard error. */
export function startUnheard(database: string, stderr: number | "pipe"): Unheard {
  const folder = mkdtempSync(join(tmpdir(), "orch-metrics-test-"));
  const socketPath = join(folder, "socket");
  const args = ["serve", "--database", database, "--socket", socketPath, "--log-level", "debug"];
  const child = spawn(process.execPath, [PROGRAM, ...args], { stdio: ["ignore", "ignore", stderr] });
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const agent = new Agent({ keepAlive: true });
  const ask = (path = "/health") =>
    new Promise<number>((resolve, reject) => {
      get({ socketPath, path, agent, headers: { host: "localhost" } }, (response) => {
        response.resume().once("end", () => resolve(response.statusCode ?? 0));
      }).once("error", reject);
    });
  async function end(signal: NodeJS.Signals): Promise<void> {
    child.kill(signal);
    await ended;
  }
  return {
    child,
    ask,
    untilHealthy: () => eventually("it answers", async () => (await ask().catch(() => 0)) === 200, 30),
    stop: () => end("SIGTERM"),
    async [Symbol.asyncDispose]() {
      agent.destroy();
      await end("SIGKILL");
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
