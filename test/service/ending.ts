/** Checks how the program ends. The fast tier checks one case, the slow tier the others. */
import { expect } from "vitest";
import { eventually, type RunningProgram, runProgram } from "../support/service.ts";
import type { BadInput } from "./bad-input.ts";

/** Expects exit code 2 at once, with a one-line error that contains each mention. */
export async function expectRefused({ args, env, mentions }: BadInput): Promise<void> {
  const { code, stderr, stdout } = await runProgram(args, env);
  expect(code).toBe(2);
  expect(stdout).toBe("");
  expect(stderr.trimEnd().split("\n")).toHaveLength(1);
  for (const mention of mentions) expect(stderr).toContain(mention);
}

/** Expects exit code 0 within five seconds of the signal, even with open connections. */
export async function expectEndsOn(signal: "SIGTERM" | "SIGINT", program: RunningProgram): Promise<void> {
  await program.metrics();
  const began = Date.now();
  expect(await program.stop(signal)).toBe(0);
  expect(Date.now() - began).toBeLessThan(5_500);
  await eventually("the log says so", () => program.log().includes("stopped"));
}
