/** The demo over a PostgreSQL server shows every agent's verdict, and leaves no schema, however it ends. */
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { eventually } from "../support/service.ts";
import { processesOf, startDemo, watchdogTellsApart } from "./start-demo.ts";
import { testServer } from "./test-server.ts";

const { server, schemas } = testServer();

/** Returns the demo's own process among those of the folder. The others are agents. */
function orchestratorOf(folder: string): number {
  const isOrchestrator = (pid: string) =>
    /demo\/process\.[jt]s/.test(readFileSync(`/proc/${pid}/cmdline`, "utf8"));
  return Number(processesOf(folder).find(isOrchestrator));
}

describe("the demo over PostgreSQL", () => {
  it("shows which agents work, wait and hang, with an alert", async () => {
    await using demo = await startDemo("--database", server().url());
    await watchdogTellsApart(demo.page);
  }, 180_000);

  it("leaves no schema and no process even if it is killed", async () => {
    await using demo = await startDemo("--database", server().url());
    const { folder, child } = demo;
    expect(await schemas()).toHaveLength(1);
    child.kill("SIGKILL");
    await once(child, "exit");
    await eventually("no process is left", () => processesOf(folder).length === 0);
    expect(await schemas()).toEqual([]);
  }, 60_000);

  it("ends with one line and leaves nothing if its orchestrator is killed", async () => {
    await using demo = await startDemo("--database", server().url());
    const { folder, child, output } = demo;
    process.kill(orchestratorOf(folder), "SIGKILL");
    await once(child, "close");
    expect(child.exitCode).toBe(1);
    expect(output()).toContain("orch-metrics: the demo's orchestrator ended unexpectedly (SIGKILL)\n");
    expect(await schemas()).toEqual([]);
    await eventually("no process is left", () => processesOf(folder).length === 0);
    expect(readdirSync(folder)).toEqual([]);
  }, 60_000);

  it("keeps the URL's options", async () => {
    await using demo = await startDemo(
      "--database",
      `${server().url()}?schema=public&options=-c%20search_path=public%20-c%20TimeZone=Asia/Tokyo`,
    );
    const { child, url } = demo;
    expect((await fetch(`${url}/metrics`)).status).toBe(200);
    expect(await schemas()).toHaveLength(1);
    child.kill("SIGTERM");
    await once(child, "exit");
    expect(await schemas()).toEqual([]);
  }, 60_000);
});
