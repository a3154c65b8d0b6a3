/** How the program ends: what is asked of it in the fast tier for one case, and in the slow tier for the others. */
import { expect } from "vitest";
import { eventually, type RunningProgram, runProgram } from "../support/service.ts";
import type { BadInput } from "./bad-input.ts";

/** At once with 2, and one line that says why. */
export async function expectRefused({ args, env, mentions }: BadInput): Promise<void> {
  const { code, stderr, stdout } = await runProgram(args, env);
  expect(code).toBe(2);
  expect(stdout).toBe("");
  expect(stderr.trimEnd().split("\n")).toHaveLength(1);
  for (const mention of mentions) expect(stderr).toContain(mention);
}

/** With 0, within its five seconds, even while connections are open. */
export async function expectEndsOn(signal: "SIGTERM" | "SIGINT", program: RunningProgram): Promise<void> {
  await program.metrics();
  const began = Date.now();
  expect(await program.stop(signal)).toBe(0);
  expect(Date.now() - began).toBeLessThan(5_500);
  await eventually("the log says so", () => program.log().includes("stopped"));
}
