/** The watchdog and the typed client against a service with restricted access. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createMetricsClient } from "../../client/index.ts";
import { type InProcess, startInProcess } from "../service/in-process.ts";
import { refusal, watchInProcess } from "../watchdog/support/watchdog.ts";
import { type Authority, createAuthority, type Pair } from "./certificates.ts";
import { tlsFlags } from "./renewal.ts";
import {
  expectSaysWhatIsLacking,
  fiveTargets,
  flagsForBoth,
  TOKEN,
  targetsFile,
  tokenFlags,
} from "./watched-access.ts";

let authority: Authority;
let own: Pair;
let service: InProcess;

beforeAll(async () => {
  authority = createAuthority();
  own = authority.sign("watchdog");
  service = await startInProcess("/nowhere.db", { args: flagsForBoth(authority) });
});
afterAll(async () => {
  await service[Symbol.asyncDispose]();
  authority[Symbol.dispose]();
});

describe("the watchdog", () => {
  it("reads a target over TLS with its CA, a certificate and a token, and reports what other targets lack", async () => {
    const file = fiveTargets(service.url, authority, own);
    await using watchdog = await watchInProcess(["--targets", file, "--history", "none"]);
    await expectSaysWhatIsLacking(watchdog);
  });

  it("rejects a certificate without its key, with the line number", async () => {
    const target = { name: "half", url: service.url, certificate_file: own.certificate };
    expect(await refusal(["--targets", targetsFile(authority, target)])).toContain("key_file");
  });
});

describe("the typed client in Node", () => {
  it("reads over TLS with a CA from NODE_EXTRA_CA_CERTS, and reports the error without it", async () => {
    const args = [...tlsFlags(authority.sign("server-2")), ...tokenFlags(authority)];
    await using open = await startInProcess("/nowhere.db", { args });
    const script = `
      import { createMetricsClient } from ${JSON.stringify(new URL("../../client/index.ts", import.meta.url).href)};
      const client = createMetricsClient({ baseUrl: ${JSON.stringify(open.url)}, token: ${JSON.stringify(TOKEN)} });
      console.log((await client.getMetrics({})).schemaVersion);`;
    const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "-e", script], {
      env: { ...process.env, NODE_EXTRA_CA_CERTS: authority.ca },
    });
    expect(stdout).toBe("1\n");
    // This process was started without it.
    await expect(createMetricsClient({ baseUrl: open.url, token: TOKEN }).getMetrics({})).rejects.toThrow(
      /^\[unavailable\] cannot reach the service \((UNABLE|SELF_SIGNED)[A-Z_]+\)$/,
    );
  });
});
