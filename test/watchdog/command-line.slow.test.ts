/** What the program itself refuses, case by case. */
import { expect, it } from "vitest";
import { expectOneLine, REFUSALS } from "./refusals.ts";
import { runWatchdog } from "./support/watchdog.ts";

it.each(REFUSALS)("orch-watchdog refuses %j %j with one line", async (args, env, words) => {
  const { code, stderr } = await runWatchdog(["--history", "none", ...args], env);
  expect(code).toBe(1);
  expectOneLine(stderr, words);
});
