/** What the program itself refuses, case by case. */
import { expect, it } from "vitest";
import { expectOneLine, REFUSALS } from "./refusals.ts";
import { runWatchdog } from "./support/watchdog.ts";

/** What is no matter of the command line itself: files and addresses. */
const FAILURES = /^cannot |no such file/;

it.each(REFUSALS)("orch-watchdog refuses %j %j with one line", async (args, env, words) => {
  const { code, stderr } = await runWatchdog(["--history", "none", ...args], env);
  expect(code).toBe(FAILURES.test(words) ? 1 : 2);
  expectOneLine(stderr, words);
});
