/** The demo as a user sees it: started, viewed, stopped, and nothing left behind. */
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { createServer } from "node:net";
import { describe, expect, it } from "vitest";
import type { GetMetricsResponseJson } from "../../gen/orchestrator/metrics/v1/metrics_pb.js";
import { nextOwnPort } from "../support/own-port.ts";
import { eventually } from "../support/service.ts";
import { processesOf, startDemo } from "./start-demo.ts";

/** Starts the demo at a specific port, with a free port after it. */
async function startDemoAtPort(): Promise<Awaited<ReturnType<typeof startDemo>>> {
  const port = nextOwnPort();
  // Reserve the page's port.
  nextOwnPort();
  try {
    const demo = await startDemo("--port", String(port));
    if (demo.page !== "") return demo;
    await demo[Symbol.asyncDispose]();
  } catch (error) {
    if (!String(error).includes("is in use")) throw error;
  }
  return startDemoAtPort();
}

describe("the demo", () => {
  it("shows every kind of agent, prints three commands, and leaves neither processes nor files on Ctrl-C", async () => {
    await using demo = await startDemo();
    const { folder, child, url } = demo;
    expect(demo.printed()).toMatch(/^The watchdog's page: http/);
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
      60,
    );
    expect(stages.size).toBeGreaterThan(2);
    expect(retried).toBeGreaterThan(0);
    expect(demo.printed().match(/^ {2}curl /gm)).toHaveLength(3);
    expect(demo.printed()).toMatch(/busy-developer, waiting-tester, hung-reviewer/);
    expect(demo.printed()).toContain("\nCtrl-C stops the demo.\n");
    expect(processesOf(folder).length).toBeGreaterThan(4);
    child.kill("SIGINT");
    await once(child, "exit");
    expect(child.exitCode).toBe(0);
    await eventually("no process is left", () => processesOf(folder).length === 0);
    expect(readdirSync(folder)).toEqual([]);
  }, 120_000);

  it("continues without the page if the watchdog dies, and reports that", async () => {
    await using demo = await startDemo();
    const { folder, url, output } = demo;
    const isWatchdog = (pid: string) => readFileSync(`/proc/${pid}/cmdline`, "utf8").includes("watchdog.db");
    process.kill(Number(processesOf(folder).find(isWatchdog)), "SIGKILL");
    await eventually("it says so", () =>
      output().includes(
        "the watchdog stopped, and the demo continues without its page: it ended unexpectedly (SIGKILL)",
      ),
    );
    expect((await fetch(`${url}/metrics`)).status).toBe(200);
  }, 60_000);

  it("continues without the page if its port is taken, and reports that", async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, "127.0.0.1", resolve));
    const { port } = taken.address() as { port: number };
    try {
      await using demo = await startDemo("--page-port", String(port));
      expect(demo.page).toBe("");
      expect(demo.printed()).toMatch(
        new RegExp(
          `^The watchdog's page is not available: port ${port} of 127.0.0.1 is in use: choose another with --page-port\n`,
        ),
      );
      expect((await fetch(`${demo.url}/metrics`)).status).toBe(200);
    } finally {
      taken.close();
    }
  }, 60_000);

  it("serves its page on the port after the service's, and leaves no process even if it is killed", async () => {
    await using demo = await startDemoAtPort();
    const { folder, child } = demo;
    expect(Number(new URL(demo.page).port)).toBe(Number(new URL(demo.url).port) + 1);
    expect((await fetch(demo.page)).status).toBe(200);
    await eventually("agents run", () => processesOf(folder).length > 4);
    child.kill("SIGKILL");
    await once(child, "exit");
    await eventually("no process is left", () => processesOf(folder).length === 0);
  }, 60_000);
});
