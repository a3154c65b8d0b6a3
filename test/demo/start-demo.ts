/** The demo as a child process, with its own temporary folder. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Target } from "../../watchdog/api.ts";
import { environment } from "../support/program.ts";
import { eventually } from "../support/service.ts";

const PROGRAM = new URL("../../bin/orch-metrics.js", import.meta.url).pathname;

/**
 * Returns the processes with this folder in their command line, which contains the log path of the demo's
 * agents.
 */
export function processesOf(folder: string): string[] {
  return readdirSync("/proc").filter((name) => {
    try {
      return /^\d+$/.test(name) && readFileSync(`/proc/${name}/cmdline`, "utf8").includes(folder);
    } catch {
      return false;
    }
  });
}

/** Waits until the demo prints the service's address. Rejects with its output if it ends earlier. */
export async function startDemo(...flags: string[]) {
  // A separate temporary folder shows what the demo leaves.
  const folder = mkdtempSync(join(tmpdir(), "orch-metrics-test-"));
  const child = spawn(process.execPath, [PROGRAM, "demo", "--port", "0", ...flags], {
    env: environment({ TMPDIR: folder }),
  });
  let output = "";
  let printed = "";
  child.stdout.on("data", (chunk) => {
    output += chunk;
    printed += chunk;
  });
  child.stderr.on("data", (chunk) => {
    output += chunk;
  });
  const hasEnded = () => child.exitCode !== null || child.signalCode !== null;
  const address = () => /serves its metrics at (http:\/\/127\.0\.0\.1:\d+)/.exec(printed)?.[1];
  await eventually("the address is printed", () => address() !== undefined || hasEnded(), 60);
  if (address() === undefined) {
    rmSync(folder, { recursive: true, force: true });
    throw new Error(`the demo ended before it printed its address: ${output}`);
  }
  return {
    folder,
    child,
    url: address() ?? "",
    /** The watchdog's address, empty if there is no watchdog. */
    page: /^The watchdog's page: (http:\/\/127\.0\.0\.1:\d+)$/m.exec(printed)?.[1] ?? "",
    /** Returns everything printed so far on both streams. */
    output: () => output,
    /** Returns standard output only, since warnings would come in between. */
    printed: () => printed,
    async [Symbol.asyncDispose]() {
      if (!hasEnded()) {
        child.kill("SIGINT");
        await once(child, "exit");
      }
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/**
 * Waits until the watchdog distinguishes a busy, a waiting and a hung agent, and raises an alert for the hung
 * one.
 */
export async function watchdogTellsApart(page: string): Promise<void> {
  const wanted = ["busy-developer working", "waiting-tester waiting_on_child", "hung-reviewer hung"];
  let verdicts: readonly string[] = [];
  await eventually(
    "the page tells them apart, and an alert fires",
    async () => {
      const { agents, alerts } = (await (await fetch(`${page}/api/targets/demo`)).json()) as Target;
      verdicts = agents.map(({ agent, verdict }) => `${agent} ${verdict.name}`);
      const fires = alerts.some(({ rule, state }) => rule === "agent-hung" && state === "firing");
      return fires && wanted.every((each) => verdicts.includes(each));
    },
    120,
  );
}
