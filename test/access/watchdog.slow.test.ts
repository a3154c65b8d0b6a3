/** The watchdog as a user starts it, against a service with restricted access. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RunningProgram, startProgram } from "../support/service.ts";
import { runWatchdog, startWatchdog } from "../watchdog/support/watchdog.ts";
import { type Authority, createAuthority, type Pair } from "./certificates.ts";
import { expectSaysWhatIsLacking, fiveTargets, flagsForBoth, targetsFile } from "./watched-access.ts";

let authority: Authority;
let own: Pair;
let service: RunningProgram;

beforeAll(async () => {
  authority = createAuthority();
  own = authority.sign("watchdog");
  service = await startProgram("/nowhere.db", { args: flagsForBoth(authority) });
});
afterAll(async () => {
  await service[Symbol.asyncDispose]();
  authority[Symbol.dispose]();
});

describe("the watchdog", () => {
  it("reads a target over TLS with its CA, a certificate and a token, and reports what other targets lack", async () => {
    const args = ["--targets", fiveTargets(service.url, authority, own), "--history", "none"];
    await using watchdog = await startWatchdog(args, { pace: null });
    await expectSaysWhatIsLacking(watchdog);
  });

  it("rejects a certificate without its key, with the line number", async () => {
    const target = { name: "half", url: service.url, certificate_file: own.certificate };
    const { code, stderr } = await runWatchdog(["--targets", targetsFile(authority, target)]);
    expect(code).toBe(1);
    expect(stderr).toContain("key_file");
  });
});
