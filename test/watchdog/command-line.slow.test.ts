/** Invalid command lines, case by case, against the program. */
import { expect, it } from "vitest";
import { expectOneLine, REFUSALS } from "./refusals.ts";
import { runWatchdog } from "./support/watchdog.ts";

/** Errors of files and addresses, which are not errors of the command line itself. */
const FAILURES = /^cannot |no such file/;

it.each(REFUSALS)("orch-watchdog rejects %j %j with one line", async (args, env, words) => {
  const { code, stderr } = await runWatchdog(["--history", "none", ...args], env);
  expect(code).toBe(FAILURES.test(words) ? 1 : 2);
  expectOneLine(stderr, words);
});
