/** The example for an orchestrator's own process in docs/reference.md compiles, serves, and ends on SIGTERM. */
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { GetMetricsResponseJson } from "../../src/index.ts";
import { nextOwnPort } from "../support/own-port.ts";
import { eventually } from "../support/service.ts";

const ROOT = new URL("../..", import.meta.url).pathname;
const SOURCE = join(ROOT, "src/index.ts");
const [, example = ""] =
  /^## In your own orchestrator\n[^`]*```ts\n([\s\S]*?)^```$/m.exec(
    readFileSync(join(ROOT, "docs/reference.md"), "utf8"),
  ) ?? [];

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "orch-metrics-test-"));
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it("the example in docs/reference.md compiles in strict TypeScript", () => {
  writeFileSync(join(folder, "example.ts"), example);
  const compilerOptions = {
    paths: { "orch-metrics": [SOURCE] },
    typeRoots: [join(ROOT, "node_modules/@types")],
  };
  const config = {
    extends: join(ROOT, "tsconfig.json"),
    compilerOptions,
    files: ["example.ts"],
    include: [],
  };
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(config));
  const tsc = join(ROOT, "node_modules/.bin/tsc");
  expect(() => execFileSync(tsc, ["-p", folder], { encoding: "utf8" })).not.toThrow();
});

it("the example in docs/reference.md serves its breaker from memory, and ends on SIGTERM", async () => {
  const port = nextOwnPort();
  const program = example.replace('"orch-metrics"', JSON.stringify(SOURCE)).replace("9977", String(port));
  writeFileSync(join(folder, "program.ts"), program);
  const child = spawn(process.execPath, ["program.ts"], { cwd: folder, stdio: "inherit" });
  try {
    let envelope: GetMetricsResponseJson = {};
    await eventually("it answers", async () => {
      const answer = await fetch(`http://127.0.0.1:${port}/metrics`).catch(() => undefined);
      envelope = ((await answer?.json()) ?? {}) as GetMetricsResponseJson;
      return answer?.status === 200;
    });
    expect(envelope.queue?.breakers?.items).toMatchObject([
      { name: "model-api", state: "open", failures: 5 },
    ]);
    child.kill("SIGTERM");
    await once(child, "exit");
    // It exited without being killed.
    expect([child.exitCode, child.signalCode]).toEqual([0, null]);
  } finally {
    child.kill("SIGKILL");
  }
});
