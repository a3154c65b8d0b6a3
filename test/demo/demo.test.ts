/** The demo as its user sees it: started, looked at, stopped, and nothing left. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { GetMetricsResponseJson } from "../../gen/orchestrator/metrics/v1/metrics_pb.js";
import { eventually } from "../support/service.ts";

const PROGRAM = new URL("../../bin/orch-metrics.js", import.meta.url).pathname;

/** The processes whose command line names this folder: the demo's agents get their log's path there. */
function processesOf(folder: string): string[] {
  return readdirSync("/proc").filter((name) => {
    try {
      return /^\d+$/.test(name) && readFileSync(`/proc/${name}/cmdline`, "utf8").includes(folder);
    } catch {
      return false;
    }
  });
}

async function startDemo() {
  // A temporary folder of the test's own shows what the demo leaves.
  const folder = mkdtempSync(join(tmpdir(), "orch-metrics-test-"));
  const child = spawn(process.execPath, [PROGRAM, "demo", "--port", "0"], {
    env: { ...process.env, TMPDIR: folder },
  });
  let output = "";
  child.stdout.on("data", (chunk) => {
    output += chunk;
  });
  child.stderr.on("data", (chunk) => {
    output += chunk;
  });
  await eventually("the address is printed", () => /http:\/\/127\.0\.0\.1:\d+/.test(output), 20);
  const url = /http:\/\/127\.0\.0\.1:\d+/.exec(output)?.[0] ?? "";
  return { folder, child, url, output: () => output };
}

describe("the demo", () => {
  it("shows every kind of agent, prints three commands, and leaves no process and no file on Ctrl-C", async () => {
    const { folder, child, url, output } = await startDemo();
    const seen = new Set<string>();
    const stages = new Set<string>();
    let retried = 0;
    await eventually(
      "all that it promises shows",
      async () => {
        const {
          agents,
          queue,
          stages: section,
        } = (await (await fetch(`${url}/metrics`)).json()) as GetMetricsResponseJson;
        for (const { agent, presence, process } of agents?.running ?? []) {
          seen.add(`${agent} ${presence}`);
          if ((process?.descendants?.ticks as number) > 0) seen.add(`${agent} has a busy child`);
        }
        for (const { state } of queue?.breakers?.items ?? []) seen.add(`breaker ${state}`);
        if (queue?.gates?.items?.[0]?.holder_task_id) seen.add("gate held");
        for (const stage of Object.keys(section?.counts ?? {})) stages.add(stage);
        retried = queue?.retries?.retried_jobs ?? 0;
        return [
          "busy-developer running",
          "waiting-tester has a busy child",
          "hung-reviewer running",
          "ending-analyst running",
          "killed-architect gone",
          "remote-developer other_host",
          "breaker open",
          "breaker closed",
          "gate held",
        ].every((what) => seen.has(what));
      },
      25,
    );
    expect(stages.size).toBeGreaterThan(2);
    expect(retried).toBeGreaterThan(0);
    expect(output().match(/^ {2}curl /gm)).toHaveLength(3);
    expect(processesOf(folder).length).toBeGreaterThan(4);
    child.kill("SIGINT");
    await once(child, "exit");
    expect(child.exitCode).toBe(0);
    await eventually("no process is left", () => processesOf(folder).length === 0);
    expect(readdirSync(folder)).toEqual([]);
    rmSync(folder, { recursive: true });
  }, 60_000);

  it("leaves no process even when it is killed", async () => {
    const { folder, child } = await startDemo();
    await eventually("agents run", () => processesOf(folder).length > 4);
    child.kill("SIGKILL");
    await once(child, "exit");
    await eventually("no process is left", () => processesOf(folder).length === 0);
    rmSync(folder, { recursive: true });
  }, 60_000);
});
