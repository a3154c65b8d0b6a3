/** The watchdog and the typed client against a service that lets only some read. */
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { eventually, type RunningProgram, startProgram } from "../support/service.ts";
import { runWatchdog, startWatchdog } from "../watchdog/support/watchdog.ts";
import { type Authority, createAuthority, type Pair } from "./certificates.ts";

const TOKEN = "the-token-of-the-watchdog-000001";
let authority: Authority;
let own: Pair;
let service: RunningProgram;

beforeAll(async () => {
  authority = createAuthority();
  own = authority.sign("watchdog");
  writeFileSync(`${authority.folder}/token`, TOKEN, { mode: 0o600 });
  const { certificate, key } = authority.sign("server");
  const tls = ["--tls-certificate", certificate, "--tls-key", key, "--tls-client-ca", authority.ca];
  service = await startProgram("/nowhere.db", {
    args: [...tls, "--token-file", `${authority.folder}/token`],
  });
});
afterAll(async () => {
  await service[Symbol.asyncDispose]();
  authority[Symbol.dispose]();
});

const targets = (...entries: object[]) => {
  const path = `${authority.folder}/targets.json`;
  writeFileSync(path, JSON.stringify({ targets: entries }));
  return path;
};

describe("the watchdog", () => {
  it("reads a target over TLS with its CA, a certificate and a token, and says what the others lack", async () => {
    const token_file = `${authority.folder}/token`;
    const ca_file = authority.ca;
    const both = { certificate_file: own.certificate, key_file: own.key };
    const { url } = service;
    const file = targets(
      { name: "all", url, token_file, ca_file, ...both },
      { name: "no-token", url, ca_file, ...both },
      { name: "no-certificate", url, token_file, ca_file },
      { name: "no-ca", url, token_file, ...both },
      { name: "no-file", url, token_file, ca_file: "/nowhere", ...both },
    );
    await using watchdog = await startWatchdog(["--targets", file, "--history", "none"]);
    const expected = {
      all: "up",
      "no-token": "unauthenticated",
      "no-certificate": "down",
      "no-ca": "down",
      "no-file": "down",
    };
    const states = async () =>
      Object.fromEntries((await watchdog.fleet()).targets.map(({ name, state }) => [name, state]));
    await eventually(
      "all are read",
      async () => JSON.stringify(await states()) === JSON.stringify(expected),
      30,
    );
    expect((await watchdog.summary("no-ca")).note).toMatch(/cannot be reached \((UNABLE|SELF_SIGNED)/);
    expect((await watchdog.summary("no-file")).note).toContain("(ENOENT)");
  });

  it("refuses a certificate without its key, with the line", async () => {
    const file = targets({ name: "half", url: service.url, certificate_file: own.certificate });
    const { code, stderr } = await runWatchdog(["--targets", file]);
    expect(code).toBe(1);
    expect(stderr).toContain("key_file");
  });
});

describe("the typed client in Node", () => {
  it("reads over TLS with a CA by NODE_EXTRA_CA_CERTS, and says why it cannot without", async () => {
    const { certificate, key } = authority.sign("server-2");
    await using open = await startProgram("/nowhere.db", {
      args: ["--tls-certificate", certificate, "--tls-key", key, "--token-file", `${authority.folder}/token`],
    });
    const script = `
      import { createMetricsClient } from ${JSON.stringify(new URL("../../client/index.ts", import.meta.url).href)};
      const client = createMetricsClient({ baseUrl: ${JSON.stringify(open.url)}, token: ${JSON.stringify(TOKEN)} });
      console.log(await client.getMetrics({}).then((answer) => answer.schemaVersion, (error) => error.message));`;
    const run = (env: Record<string, string>) =>
      spawnSync(process.execPath, ["--input-type=module", "-e", script], {
        env: { ...process.env, ...env },
        encoding: "utf8",
      }).stdout;
    expect(run({ NODE_EXTRA_CA_CERTS: authority.ca })).toBe("1\n");
    expect(run({})).toMatch(
      /^\[unavailable\] the service cannot be reached \((UNABLE|SELF_SIGNED)[A-Z_]+\)\n$/,
    );
  });
});
