/**
 * A failing test shows the last output of its programs. Runs vitest with the project's configuration over a
 * failing test.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const PROJECT = new URL("../../", import.meta.url).pathname;

const TESTS = `
import { expect, it } from "vitest";
import { runToEnd } from "./support/program.ts";

const write = (word) => runToEnd(["-e", \`for (let n = 1; n <= 30; n += 1) console.error("\${word} " + n)\`]);

it("passes", async () => {
  await write("passing");
});

it("fails", async () => {
  await write("failing");
  expect("this").toBe("that");
});
`;

describe("a run of vitest", () => {
  let folder: string;
  let status: number | null;
  let stderr: string;

  /** Uses a separate folder, so that no other run finds the failing test. */
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "orch-metrics-test-"));
    mkdirSync(join(folder, "test"));
    for (const name of ["node_modules", "test/support"]) symlinkSync(join(PROJECT, name), join(folder, name));
    writeFileSync(join(folder, "test/failing.test.ts"), TESTS);
    const vitest = join(PROJECT, "node_modules/vitest/vitest.mjs");
    const config = join(PROJECT, "vitest.config.ts");
    const args = [
      vitest,
      "run",
      "--root",
      folder,
      "--config",
      config,
      "--project",
      "fast",
      "failing.test.ts",
    ];
    ({ status, stderr } = spawnSync(process.execPath, args, { cwd: folder, encoding: "utf8" }));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it("ends with exit code 1 if a test fails", () => {
    expect(stderr).toContain("expected 'this' to be 'that'");
    expect(status).toBe(1);
  });

  it("shows the last twenty lines of the program that the failing test started", () => {
    const shown = Array.from({ length: 20 }, (_, index) => `  failing ${index + 11}\n`).join("");
    expect(stderr).toMatch(/\nLast lines of .* \(pid \d+\):\n/);
    expect(stderr).toContain(`:\n${shown}`);
    expect(stderr).not.toMatch(/failing 10$/m);
  });

  it("shows nothing of a program that a passing test started", () => {
    expect(stderr).not.toContain("passing 30");
  });
});
