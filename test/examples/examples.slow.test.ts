/** The programs and files in examples/ compile, start and work as described. */
import { execFileSync, type SpawnOptions, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import type { GetMetricsResponseJson } from "../../src/index.ts";
import { createDatabase, run } from "../support/database.ts";
import { requires } from "../support/requires.ts";
import { runProgram, startReady } from "../support/service.ts";

const ROOT = new URL("../..", import.meta.url).pathname;
const EXAMPLES = join(ROOT, "examples");
const isThere = (program: string) => spawnSync("which", [program]).status === 0;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "orch-metrics-test-"));
  cpSync(EXAMPLES, folder, { recursive: true });
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
  // The package that an example imports, run from its sources.
  const installed = join(folder, "node_modules/orch-metrics");
  mkdirSync(installed, { recursive: true });
  const exports = { ".": join("./src/index.ts"), "./client": "./client/index.ts" };
  writeFileSync(join(installed, "package.json"), "{}");
  for (const name of ["better-sqlite3", "@types"])
    symlinkSync(join(ROOT, "node_modules", name), join(folder, "node_modules", name));
  for (const [name, file] of Object.entries(exports))
    writeFileSync(
      join(installed, name === "." ? "index.js" : "client.js"),
      `export * from ${JSON.stringify(join(ROOT, file))};\n`,
    );
  const map = Object.fromEntries(
    Object.keys(exports).map((name) => [name, name === "." ? "./index.js" : "./client.js"]),
  );
  writeFileSync(join(installed, "package.json"), JSON.stringify({ type: "module", exports: map }));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Starts a program and resolves to the first line that matches. It is stopped at the end of the test. */
async function start(command: string, args: readonly string[], pattern: RegExp, options: SpawnOptions = {}) {
  const child = spawn(command, args, { ...options, stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  const line = await new Promise<string>((resolve, reject) => {
    const look = (chunk: Buffer) => {
      said += chunk.toString();
      const found = pattern.exec(said)?.[0];
      if (found !== undefined) resolve(found);
    };
    child.stdout?.on("data", look);
    child.stderr?.on("data", look);
    child.once("exit", (code) => reject(new Error(`${command} exited with ${code}: ${said}`)));
  });
  return {
    line,
    async stop() {
      child.removeAllListeners("exit");
      child.kill("SIGTERM");
      await once(child, "exit");
      return child.exitCode;
    },
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
    },
  };
}

it("the programs compile in strict TypeScript", () => {
  const compilerOptions = {
    paths: {
      "orch-metrics": [join(ROOT, "src/index.ts")],
      "orch-metrics/client": [join(ROOT, "client/index.ts")],
    },
    typeRoots: [join(ROOT, "node_modules/@types")],
  };
  const files = ["mounted/orchestrator.ts", "watcher/watcher.ts"];
  const config = { extends: join(ROOT, "tsconfig.json"), compilerOptions, files, include: [] };
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(config));
  const { status, stdout } = spawnSync(join(ROOT, "node_modules/.bin/tsc"), ["-p", folder], {
    encoding: "utf8",
  });
  expect(status, stdout).toBe(0);
});

it("mounted: it serves its own route and the metrics, and ends on SIGTERM", async () => {
  using database = createDatabase();
  await using program = await start(process.execPath, ["mounted/orchestrator.ts"], /http:\S+/, {
    cwd: folder,
    env: { ...process.env, ORCH_DATABASE: database.path, PORT: "0" },
  });
  expect(await (await fetch(new URL("/", program.line))).text()).toBe("my orchestrator\n");
  const { queue } = (await (await fetch(program.line)).json()) as GetMetricsResponseJson;
  expect(queue?.breakers?.items).toMatchObject([{ name: "model-api", state: "closed", failures: 0 }]);
  expect(await program.stop()).toBe(0);
});

it("own-profile: check accepts it without a warning, and it counts each job", async () => {
  const path = join(folder, "own-profile/queue.db");
  const database = new Database(path);
  database.exec(readFileSync(join(folder, "own-profile/schema.sql"), "utf8"));
  database.close();
  const flags = ["--database", path, "--profile", join(folder, "own-profile/queue.sql")];
  const checked = await runProgram(["check", ...flags]);
  expect(checked.code, checked.stdout).toBe(0);
  expect(checked.stdout).not.toMatch(/warning|FAILED/i);
  const { queue, agents } = JSON.parse((await runProgram(["snapshot", ...flags])).stdout);
  expect(queue.counts).toMatchObject({ queued: 1, running: 1, done: 1, failed: 1 });
  expect(agents.running).toMatchObject([{ run_id: "3", agent: "develop", pid: 1 }]);
});

describe("watcher", () => {
  it.each([
    ["TypeScript", process.execPath, "watcher/watcher.ts"],
    ["Python", "python3", "watcher/watcher.py"],
  ])(
    "in %s: it names the idle agent",
    requires(isThere("python3"), "python3"),
    async (_name, command, file) => {
      using database = createDatabase();
      const agent = spawn("sleep", ["600"], { stdio: "ignore" });
      try {
        database.insert("agent_runs", run(7, { pid: agent.pid ?? null }));
        await using service = await startReady(database.path);
        await using watcher = await start(
          command,
          [join(folder, file), service.url, "0.5"],
          /run 7 .* has been idle/,
        );
        expect(watcher.line).toContain("run 7 (");
      } finally {
        agent.kill("SIGKILL");
      }
    },
  );
});

it("prometheus: promtool accepts it", requires(isThere("promtool"), "Debian's prometheus"), () => {
  const file = join(EXAMPLES, "prometheus/prometheus.yml");
  expect(execFileSync("promtool", ["check", "config", file], { encoding: "utf8" })).toContain(
    "valid prometheus",
  );
});

it("compose: its orchestrator writes a database that the service reads, with its agent", async () => {
  const path = join(folder, "orchestrator.db");
  // In the same folder as the schema, as in the image.
  const program = join(EXAMPLES, "compose/orchestrator.mjs");
  const child = spawn(process.execPath, [program], {
    env: { ...process.env, ORCH_DATABASE: path },
    stdio: "inherit",
  });
  try {
    while (!existsSync(`${path}-wal`)) await new Promise((resolve) => setTimeout(resolve, 20));
    await using service = await startReady(path);
    const { agents } = await service.metrics();
    expect(agents?.running).toMatchObject([{ agent: "a", presence: "running" }]);
    child.kill("SIGTERM");
    await once(child, "exit");
    expect(child.exitCode).toBe(0);
  } finally {
    child.kill("SIGKILL");
  }
  for (const file of ["beside-an-orchestrator.yml", "this-machine.yml"]) {
    const { services } = parse(readFileSync(join(ROOT, "deploy/compose", file), "utf8"));
    const { pid, user, read_only, cap_drop } = services["orch-metrics"];
    expect([pid, read_only, cap_drop]).toEqual([
      file.startsWith("this") ? "host" : "service:orchestrator",
      true,
      ["ALL"],
    ]);
    if (services.orchestrator) expect(user).toBe(services.orchestrator.user);
  }
});
