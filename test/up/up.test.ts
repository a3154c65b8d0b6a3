/** Service, watchdog and page by one command; `up.slow.test.ts` has what goes wrong. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import type { Fleet } from "../../watchdog/api.ts";
import { startsChildren } from "../support/children.ts";
import { eventually } from "../support/service.ts";
import { startUp } from "./start-up.ts";

const start = startsChildren();
/** Of this test alone, so that nothing else on the machine fits. */
const program = `agent-${process.pid}`;

it("prints the page's address first, names the agents, and leaves no process on Ctrl-C", async () => {
  start("sleep", ["60"], { argv0: program, cwd: "/var" });
  await using up = await startUp(["--watch-processes", program, "--instance", "here"]);
  await eventually("the agent is named", () =>
    up.stdout().includes(`Running agents found: ${program} (var).\n`),
  );
  expect((await fetch(up.page)).status).toBe(200);
  await eventually("the page's watchdog reads the service", async () => {
    const { targets } = (await (await fetch(`${up.page}/api/fleet`)).json()) as Fleet;
    return targets.some(({ name, state }) => name === "here" && state === "up");
  });
  expect(existsSync(join(up.folder, "orch-watchdog/history.db"))).toBe(true);
  expect(up.pids).toHaveLength(3);
  up.child.kill("SIGINT");
  expect(await up.closed).toBe(0);
  expect(up.stdout()).toMatch(/\nStopped\.\n$/);
  // The log is neither JSON nor what is printed anyway.
  expect(up.stderr()).toMatch(/^\d\d:\d\d:\d\d INFO {2}ready: watching processes\n$/);
  await up.nothingIsLeft();
});

it("says what it looked for if it finds no agent, and leaves no process if it is killed", async () => {
  await using up = await startUp(["--watch-processes", program]);
  await eventually("it says so", () => / appears within 30 seconds/.test(up.stdout().replaceAll("\n", " ")));
  expect(up.stdout()).toContain("Found no running agent: looked for processes of the user ");
  expect(up.stdout().replaceAll("\n", " ")).toContain(`whose program is ${program}. `);
  up.child.kill("SIGKILL");
  await up.nothingIsLeft();
});
