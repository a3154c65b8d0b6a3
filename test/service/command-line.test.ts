/** The commands as their user types them. */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { OperatorError } from "../../shared/operator-error.ts";
import { settingsTable } from "../../shared/settings-help.ts";
import { readConfig, SETTINGS, type SettingName } from "../../src/settings.ts";
import { createDatabase, job, type TestDatabase, task } from "../support/database.ts";
import { type RunningProgram, runProgram, startProgram } from "../support/service.ts";
import { BAD_SETTINGS, type BadInput, UNKNOWN_COMMAND } from "./bad-input.ts";
import { expectEndsOn, expectRefused } from "./ending.ts";

const MISSING = "/nowhere/orchestrator.db";

describe("bad input ends start-up with one line that names it and what is accepted", () => {
  const [anUnknownFlag, ...others] = BAD_SETTINGS;
  for (const input of [anUnknownFlag as BadInput, UNKNOWN_COMMAND])
    it(input.what, () => expectRefused(input));

  // Without the program, which `command-line.slow.test.ts` starts for each of them.
  for (const { what, args, env = {}, mentions } of others) {
    it(what, () => {
      const refused = () => readConfig(args.slice(1), env, Object.keys(SETTINGS) as SettingName[]);
      expect(refused).toThrow(OperatorError);
      expect(refused).not.toThrow("\n");
      for (const mention of mentions) expect(refused).toThrow(mention);
    });
  }
});

describe("serve", () => {
  let database: TestDatabase;
  let program: RunningProgram;
  beforeAll(async () => {
    database = createDatabase();
    program = await startProgram(database.path, {
      args: ["--instance", "from-the-flag"],
      env: { ORCH_METRICS_INSTANCE: "from-the-variable" },
    });
  });
  afterAll(async () => {
    await program?.[Symbol.asyncDispose]();
    database?.[Symbol.dispose]();
  });

  it("prefers a flag to its variable", async () => {
    expect((await program.metrics()).instance).toBe("from-the-flag");
  });

  it("says in one line that its port is in use", async () => {
    const other = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => other.once("listening", resolve));
    const { port } = other.address() as AddressInfo;
    const { code, stderr } = await runProgram(["serve", "--database", MISSING, "--port", String(port)]);
    other.close();
    expect(code).toBe(1);
    expect(stderr.trimEnd().split("\n")).toHaveLength(1);
    expect(stderr).toContain(`port ${port} is in use`);
  });

  // It is the last test of this program.
  it("ends with 0 on SIGTERM, within its five seconds, even while connections are open", async () => {
    await expectEndsOn("SIGTERM", program);
  });
});

describe("snapshot", () => {
  it("prints the envelope, and nothing else, to standard output", async () => {
    using database = createDatabase();
    database.insert("tasks", task(1, "review"));
    const { code, stdout } = await runProgram(["snapshot", "--database", database.path]);
    expect(code).toBe(0);
    expect(JSON.parse(stdout).stages.counts).toEqual({ review: 1 });
  });
});

describe("check", () => {
  it("says of each source what it found, and ends with 0 when all are sound", async () => {
    using database = createDatabase();
    database.insert("jobs", job(1, "queued"));
    const { code, stdout } = await runProgram(["check", "--database", database.path]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^ok +queue +1 jobs, 1 queued/m);
    expect(stdout).toMatch(/^ok +procfs +\d+ clock ticks/m);
  });

  it("ends with 1 when one is broken, and says which and why", async () => {
    using database = createDatabase();
    database.connection.exec("DROP TABLE serial_gates");
    const { code, stdout } = await runProgram(["check", "--database", database.path]);
    expect(code).toBe(1);
    expect(stdout).toMatch(/^FAILED +queue\.gates +failed_precondition: .*serial_gates/m);
    expect(stdout).toMatch(/^ok +queue /m);
  });
});

describe("help", () => {
  it("lists every command, and each command its flags with their variables", async () => {
    const { code, stdout } = await runProgram(["--help"]);
    expect(code).toBe(0);
    for (const name of ["serve", "snapshot", "check", "demo"]) expect(stdout).toContain(name);
    const serve = await runProgram(["serve", "--help"]);
    const demo = await runProgram(["demo", "--help"]);
    for (const [setting, { flag, env }] of Object.entries(SETTINGS)) {
      const { stdout: text } = setting === "pagePort" ? demo : serve;
      expect(text).toContain(`--${flag} `);
      expect(text).toContain(env);
    }
    expect(serve.stdout).not.toContain("--page-port");
  });

  it("tells the package's version", async () => {
    const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
    expect((await runProgram(["--version"])).stdout).toBe(`${version}\n`);
  });

  it("has its settings in the README", () => {
    const readme = readFileSync(new URL("../../README.md", import.meta.url), "utf8");
    expect(readme).toContain(settingsTable(Object.values(SETTINGS)));
  });

  it("names every variable in .env.example, with its default", () => {
    const example = readFileSync(new URL("../../.env.example", import.meta.url), "utf8");
    for (const { env } of Object.values(SETTINGS)) expect(example).toMatch(new RegExp(`^#?${env}=`, "m"));
    const named = [...example.matchAll(/^#?(ORCH_[A-Z_]+)=/gm)].map(([, name]) => name);
    expect(named.sort()).toEqual(
      Object.values(SETTINGS)
        .map(({ env }) => env)
        .sort(),
    );
  });
});

describe("a Node that is too old", () => {
  it("is told so in one line", () => {
    const script = `Object.defineProperty(process, "versions", { value: { ...process.versions, node: "20.20.2" } });
      await import(${JSON.stringify(new URL("../../bin/orch-metrics.js", import.meta.url).href)});`;
    const { status, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", script], {
      encoding: "utf8",
    });
    expect(status).toBe(1);
    expect(stderr).toBe("orch-metrics: needs Node 22.18 or newer, and this is Node 20.20.2\n");
  });
});
