/** `orch-metrics up` as its user starts it, with a state folder of its own. */
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { processTree } from "../../bench/programs.ts";
import { environment } from "../support/program.ts";
import { eventually, PROGRAM } from "../support/service.ts";

const ADDRESSES = /^Page: {4}(http:\/\/127\.0\.0\.1:\d+)\nMetrics: (http:\/\/127\.0\.0\.1:\d+)\/metrics\n/;

/** Waits until it printed its addresses. */
export async function startUp(flags: readonly string[], env: Record<string, string> = {}) {
  const folder = mkdtempSync(join(tmpdir(), "orch-metrics-test-"));
  const child = spawn(process.execPath, [PROGRAM, "up", "--port", "0", ...flags], {
    env: environment({ XDG_STATE_HOME: folder, ...env }),
  });
  const texts = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const)
    child[name].on("data", (chunk: Buffer) => {
      texts[name] += chunk;
    });
  const closed = new Promise<number | null>((resolve) => child.once("close", resolve));
  async function end(): Promise<void> {
    child.kill("SIGKILL");
    await closed;
    rmSync(folder, { recursive: true, force: true });
  }
  const hasEnded = () => child.exitCode !== null || child.signalCode !== null;
  await eventually("it prints its addresses", () => ADDRESSES.test(texts.stdout) || hasEnded()).catch(
    () => {},
  );
  const [, page = "", url = ""] = ADDRESSES.exec(texts.stdout) ?? [];
  if (page === "") {
    await end();
    throw new Error(`it printed no addresses: ${texts.stdout}${texts.stderr}`);
  }
  const pids = processTree(child.pid as number);
  return {
    folder,
    child,
    page,
    url,
    /** Its own, the service's and the watchdog's. */
    pids,
    stdout: () => texts.stdout,
    stderr: () => texts.stderr,
    /** Resolves with the exit code once its output is closed. */
    closed,
    nothingIsLeft: () =>
      eventually("no process is left", () => pids.every((pid) => !existsSync(`/proc/${pid}`))),
    [Symbol.asyncDispose]: end,
  };
}
