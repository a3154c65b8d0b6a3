/** Runs the commands as a user types them. */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { OperatorError } from "../../shared/operator-error.ts";
import { settingsTable } from "../../shared/settings-help.ts";
import { runCommand, WATCHDOG } from "../../src/command-line.ts";
import { shippedProfiles } from "../../src/profiles/shipped.ts";
import { readConfig, SETTINGS, type SettingName } from "../../src/settings.ts";
import { SETTINGS as WATCHDOG_SETTINGS } from "../../watchdog/config/settings.ts";
import { createDatabase, job, run, type TestDatabase, task } from "../support/database.ts";
import { environment } from "../support/program.ts";
import { eventually, PROGRAM, type RunningProgram, runProgram, startProgram } from "../support/service.ts";
import { BAD_SETTINGS, type BadInput, UNKNOWN_COMMAND } from "./bad-input.ts";
import { expectEndsOn, expectRefused } from "./ending.ts";

/** Returns what a command prints, without starting a process. */
async function printed(...args: readonly string[]) {
  const texts = { stdout: "", stderr: "" };
  const spies = (["stdout", "stderr"] as const).map((name) =>
    vi.spyOn(process[name], "write").mockImplementation((text) => {
      texts[name] += text;
      return true;
    }),
  );
  const code = await runCommand(args, {}).finally(() => spies.map((spy) => spy.mockRestore()));
  return { code, ...texts };
}

const COMMANDS = [
  "up",
  "top",
  "serve",
  "snapshot",
  "check",
  "init",
  "demo",
  "profiles",
  "profiles test",
  "completion",
];
const MISSING = "/nowhere/orchestrator.db";

describe("startup fails with a one-line error for", () => {
  const [anUnknownFlag, ...others] = BAD_SETTINGS;
  for (const input of [anUnknownFlag as BadInput, UNKNOWN_COMMAND])
    it(input.what, () => expectRefused(input));

  // Parses the settings only. `command-line.slow.test.ts` starts the program for each of them.
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

  it("reports a port in use on one line", async () => {
    const other = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => other.once("listening", resolve));
    const { port } = other.address() as AddressInfo;
    const { code, stderr } = await runProgram(["serve", "--database", MISSING, "--port", String(port)]);
    other.close();
    expect(code).toBe(1);
    expect(stderr.trimEnd().split("\n")).toHaveLength(1);
    expect(stderr).toContain(`cannot listen on 127.0.0.1 port ${port}: the port is in use`);
  });

  // This must be the last test: it ends the program.
  it("exits with 0 within five seconds of SIGTERM, even with open connections", async () => {
    await expectEndsOn("SIGTERM", program);
  });
});

describe("snapshot", () => {
  it("prints only the envelope to standard output", async () => {
    using database = createDatabase();
    database.insert("tasks", task(1, "review"));
    // Sections that a profile omits are not failures.
    const profile = join(database.directory, "stages.sql");
    const stages =
      "SELECT '1' AS task_id, '' AS work_item, stage, 0 AS entered_at_ms, '' AS title FROM tasks";
    writeFileSync(profile, `-- dialect: sqlite\n-- name: stages\n${stages}\n`);
    const args = ["snapshot", "--database", database.path, "--profile", profile, "--fail"];
    const { code, stdout } = await runProgram(args);
    expect(code).toBe(0);
    const { stages: section, queue } = JSON.parse(stdout);
    expect([section.counts, queue.error.code]).toEqual([{ review: 1 }, "unimplemented"]);
  });
});

describe("snapshot --format table", () => {
  it("prints sections and agents as they were read, again every --interval seconds until it is stopped", async () => {
    using database = createDatabase();
    database.connection.exec("DROP TABLE serial_gates");
    database.insert("jobs", job(1, "queued"));
    database.insert("agent_runs", run(41, { agent: "rev\x1b[2J", pid: process.pid, input_tokens: 1200 }));
    const args = [
      "snapshot",
      "--database",
      database.path,
      "--format",
      "table",
      "--watch",
      "--interval",
      "0.1",
    ];
    const child = spawn(process.execPath, [PROGRAM, ...args], { env: environment() });
    let printed = "";
    child.stdout.on("data", (text) => {
      printed += text;
    });
    const ended = once(child, "close");
    await eventually("it prints three", () => printed.split("\nRUN ").length > 3);
    child.kill("SIGTERM");
    expect(await ended).toEqual([0, null]);
    const [first = ""] = printed.split("\n\n\n");
    expect(first).toMatch(/^\S+ +20\d\d-\S+Z\n\nstages .*\nqueue +1 jobs, 1 queued, 0 running\n/);
    expect(first).toMatch(/^queue\.gates +failed_precondition: /m);
    expect(first).toMatch(/^RUN +AGENT +TASK +PID +PRESENCE +PROGRAM +STATE .* USD$/m);
    expect(first).toMatch(new RegExp(`^41 +rev\\\\x1b\\[2J +\\S+ +${process.pid} +running .* 1200 `, "m"));
  });
});

describe("check", () => {
  it("reports each source, and exits with 0 if all can be read", async () => {
    using database = createDatabase();
    database.insert("jobs", job(1, "queued"));
    const { code, stdout } = await runProgram(["check", "--database", database.path]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^ok +queue +1 jobs, 1 queued/m);
    expect(stdout).toMatch(/^ok +procfs +\d+ clock ticks/m);
  });

  it("exits with 1 if a source cannot be read, and names the source and the reason", async () => {
    using database = createDatabase();
    database.connection.exec("DROP TABLE serial_gates");
    const { code, stdout } = await runProgram(["check", "--database", database.path]);
    expect(code).toBe(1);
    expect(stdout).toMatch(/^FAILED +queue\.gates +failed_precondition: .*serial_gates/m);
    expect(stdout).toMatch(/^ok +queue /m);
  });
});

describe("profiles", () => {
  it("lists each profile once, in columns under a header, within 80 columns", async () => {
    const { stdout } = await printed("profiles");
    const [header = "", ...lines] = stdout.trimEnd().split("\n");
    const starts = [...header.matchAll(/\S+/g)].map(({ index }) => index);
    const names = lines.map((line) => line.split(" ", 1)[0]);
    expect(names).toEqual([...new Set(shippedProfiles().map(({ name }) => name))]);
    for (const line of lines) {
      expect(line.length).toBeLessThanOrEqual(80);
      for (const start of starts.slice(1)) expect(line.slice(start - 1, start + 1)).toMatch(/^ \S$/);
    }
    expect(stdout).toMatch(/^PROFILE +VERSION +DATABASE +QUEUE +STAGES +AGENTS +COST +HUNG-OR-BUSY$/m);
    expect(stdout).toMatch(/^reference +\S+ +both +yes +yes +yes +yes +yes$/m);
    expect(stdout).toMatch(/^goose +\S+ +sqlite +- +- +- +yes +-$/m);
  });
});

describe("help", () => {
  it("lists every command, and each command's flags with their variables", async () => {
    const { code, stdout } = await runProgram(["--help"]);
    expect(code).toBe(0);
    for (const name of COMMANDS) expect(stdout).toMatch(new RegExp(`^  ${name} `, "m"));
    const commands = await Promise.all(COMMANDS.map((name) => printed(name, "--help")));
    for (const { flag, env } of Object.values(SETTINGS)) {
      const command = commands.find(({ stdout: text }) => text.includes(`\n  --${flag} `));
      expect(command?.stdout, flag).toContain(env);
    }
    expect(commands[COMMANDS.indexOf("serve")]?.stdout).not.toContain("--page-port");
  });

  it.each(["", ...COMMANDS])("of orch-metrics %s fits 80 columns and has an example", async (name) => {
    const command = name === "" ? [] : [name];
    const asked = await Promise.all([
      printed(...command, "--help"),
      printed(...command, "-h"),
      printed("help", ...command),
    ]);
    for (const { code, stdout, stderr } of asked) {
      expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
      expect(stdout).toBe(asked[0]?.stdout);
      for (const line of stdout.split("\n")) expect(line.length, line).toBeLessThanOrEqual(80);
      expect(stdout).toMatch(/^ {2}-h, --help .*\n {2}-V, --version /m);
      expect(stdout).toMatch(/\n\nExample:\n {2}orch-metrics .*\n$/);
      expect(stdout).not.toMatch(/:\n\n/);
    }
  });

  it("goes to standard error with exit code 2 if there are no arguments", async () => {
    const { code, stdout, stderr } = await printed();
    expect([code, stdout, stderr]).toEqual([2, "", (await printed("--help")).stdout]);
  });

  it("reports the package's version", async () => {
    const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
    expect((await runProgram(["--version"])).stdout).toBe(`${version}\n`);
    for (const args of [["-V"], ["-v"], ["version"], ["serve", "--version"]])
      expect(await printed(...args)).toEqual({ code: 0, stdout: `${version}\n`, stderr: "" });
  });

  it("is mentioned by the error for an unknown command", async () => {
    for (const name of ["xyzzy", "--database", ""])
      expect(await printed(name)).toEqual({
        code: 2,
        stdout: "",
        stderr: `orch-metrics: unknown command ${JSON.stringify(name)}; see orch-metrics --help\n`,
      });
    expect((await printed("chekc", "--help")).stderr).toContain('(did you mean "check"?)');
  });

  it("names the command that owns a flag if another command receives it", async () => {
    for (const [args, owner] of [
      [["serve", "--page-port", "1"], "--page-port is a flag of orch-metrics up, top, demo"],
      [["profiles", "--port=1"], "--port is a flag of orch-metrics up, top, serve, demo"],
      [["serve", "--thresholds=x"], "--thresholds is a flag of orch-watchdog"],
      [["snapshot", "--since", "1d"], "--since is a flag of orch-watchdog"],
    ] as const)
      expect(await printed(...args)).toEqual({ code: 2, stdout: "", stderr: `orch-metrics: ${owner}\n` });
  });

  it("knows the watchdog's flags", () => {
    for (const flag of WATCHDOG[1]) {
      const setting = Object.values(WATCHDOG_SETTINGS).some((one) => one.flag === flag);
      expect(setting || flag === "print-thresholds", flag).toBe(true);
      expect(Object.values(SETTINGS).map((one) => one.flag)).not.toContain(flag);
    }
  });

  it("has its settings in docs/reference.md", () => {
    const reference = readFileSync(new URL("../../docs/reference.md", import.meta.url), "utf8");
    expect(reference).toContain(settingsTable(Object.values(SETTINGS)));
  });

  it("names every variable in .env.example, with its default", () => {
    const example = readFileSync(new URL("../../.env.example", import.meta.url), "utf8");
    for (const { env, fallback, fallbackText, required } of Object.values(SETTINGS)) {
      const [, value] = new RegExp(`^#?${env}=(.*)$`, "m").exec(example) ?? [];
      const shown = required || fallbackText !== undefined ? "" : String(fallback ?? "");
      if (required) expect(value, env).toBeTruthy();
      else expect(value, env).toBe(shown);
    }
    const named = [...example.matchAll(/^#?(ORCH_[A-Z_]+)=/gm)].map(([, name]) => name);
    expect(named.sort()).toEqual(
      Object.values(SETTINGS)
        .map(({ env }) => env)
        .sort(),
    );
  });
});

describe("an unsupported Node version", () => {
  it("is reported in one line", () => {
    const script = `Object.defineProperty(process, "versions", { value: { ...process.versions, node: "20.20.2" } });
      await import(${JSON.stringify(new URL("../../bin/orch-metrics.js", import.meta.url).href)});`;
    const { status, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", script], {
      encoding: "utf8",
    });
    expect(status).toBe(1);
    expect(stderr).toBe("orch-metrics: requires Node 22.18 or newer, but this is Node 20.20.2\n");
  });
});
