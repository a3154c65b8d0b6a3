/** The commands as their user types them. */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { describe, expect, it } from "vitest";
import { SETTINGS } from "../../src/settings.ts";
import { createDatabase, job, task } from "../support/database.ts";
import { runProgram, startProgram } from "../support/service.ts";

const MISSING = "/nowhere/orchestrator.db";

describe("bad input ends start-up with one line that names it and what is accepted", () => {
  const cases: [string, string[], Record<string, string>, string[]][] = [
    ["an unknown flag", ["serve", "--databse", "x"], {}, ["--databse", "--database"]],
    [
      "an unknown variable",
      ["serve"],
      { ORCH_METRICS_PROT: "1" },
      ["ORCH_METRICS_PROT", "ORCH_METRICS_PORT"],
    ],
    ["a flag's value", ["serve", "--database", "x", "--port", "many"], {}, ["--port", "many", "65535"]],
    [
      "a variable's value",
      ["serve", "--database", "x"],
      { ORCH_METRICS_ENABLED: "maybe" },
      ["ORCH_METRICS_ENABLED", "maybe", "yes/no"],
    ],
    [
      "a word that only JavaScript knows",
      ["serve", "--database", "x", "--enabled", "constructor"],
      {},
      ["--enabled", "constructor", "yes/no"],
    ],
    ["a flag of two lines", ["serve", "--data\nbase", "x"], {}, ["--data\\nbase", "--database"]],
    ["a missing value", ["serve", "--database"], {}, ["--database", "path"]],
    ["a flag in the place of a value", ["serve", "--database", "--port"], {}, ["--database", "path"]],
    ["a missing database", ["serve"], {}, ["--database", "ORCH_DATABASE"]],
    ["an argument too many", ["serve", "file.db"], {}, ["file.db", "--database"]],
    ["an unknown command", ["sevre"], {}, ["sevre", "serve"]],
  ];
  for (const [what, args, env, mentions] of cases) {
    it(what, async () => {
      const { code, stderr, stdout } = await runProgram(args, env);
      expect(code).toBe(1);
      expect(stdout).toBe("");
      expect(stderr.trimEnd().split("\n")).toHaveLength(1);
      for (const mention of mentions) expect(stderr).toContain(mention);
    });
  }
});

describe("serve", () => {
  it("prefers a flag to its variable", async () => {
    using database = createDatabase();
    await using program = await startProgram(database.path, {
      args: ["--instance", "from-the-flag"],
      env: { ORCH_METRICS_INSTANCE: "from-the-variable" },
    });
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

  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    it(`ends with 0 on ${signal}, within its five seconds, even while connections are open`, async () => {
      using database = createDatabase();
      await using program = await startProgram(database.path);
      await program.metrics();
      const began = Date.now();
      expect(await program.stop(signal)).toBe(0);
      expect(Date.now() - began).toBeLessThan(5_500);
      expect(program.log()).toContain("stopped");
    });
  }
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
    expect(stdout).toMatch(/^BROKEN +queue\.gates +failed_precondition: .*serial_gates/m);
    expect(stdout).toMatch(/^ok +queue /m);
  });

  it("ends with 1 for a database that is not there", async () => {
    const { code, stdout } = await runProgram(["check", "--database", MISSING]);
    expect(code).toBe(1);
    expect(stdout).toMatch(/^BROKEN +stages +unavailable/m);
    expect(stdout).not.toContain(MISSING);
  });
});

describe("help", () => {
  it("lists every command, and each command its flags with their variables", async () => {
    const { code, stdout } = await runProgram(["--help"]);
    expect(code).toBe(0);
    for (const name of ["serve", "snapshot", "check", "demo"]) expect(stdout).toContain(name);
    const serve = await runProgram(["serve", "--help"]);
    for (const { flag, env } of Object.values(SETTINGS)) {
      expect(serve.stdout).toContain(`--${flag} `);
      expect(serve.stdout).toContain(env);
    }
  });

  it("tells the package's version", async () => {
    const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
    expect((await runProgram(["--version"])).stdout).toBe(`${version}\n`);
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
