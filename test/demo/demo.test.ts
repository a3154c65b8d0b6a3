/** The demo as its user sees it, at a glance; `demo.slow.test.ts` looks at it for longer. */
import { once } from "node:events";
import { readdirSync } from "node:fs";
import { expect, it } from "vitest";
import type { GetMetricsResponseJson } from "../../gen/orchestrator/metrics/v1/metrics_pb.js";
import { eventually } from "../support/service.ts";
import { processesOf, startDemo } from "./start-demo.ts";

it("shows agents, prints its page and three commands, and leaves no process and no file on Ctrl-C", async () => {
  await using demo = await startDemo();
  const { folder, child, url, page, printed } = demo;
  await eventually("agents show", async () => {
    const { agents } = (await (await fetch(`${url}/metrics`)).json()) as GetMetricsResponseJson;
    const shown = (agents?.running ?? []).map(({ agent, presence }) => `${agent} ${presence}`);
    return ["busy-developer running", "hung-reviewer running", "remote-developer other_host"].every((each) =>
      shown.includes(each),
    );
  });
  expect(printed().match(/^ {2}curl .*\| jq/gm)).toHaveLength(3);
  expect((await fetch(page)).status).toBe(200);
  expect(processesOf(folder).length).toBeGreaterThan(4);
  child.kill("SIGINT");
  await once(child, "exit");
  expect(child.exitCode).toBe(0);
  await eventually("no process is left", () => processesOf(folder).length === 0);
  expect(readdirSync(folder)).toEqual([]);
  expect(printed()).toMatch(/\nDemo stopped; temporary files removed\.\n$/);
});
