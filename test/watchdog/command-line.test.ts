/** The command line: its output and its error messages. */
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { homeFolder } from "../../shared/home.ts";
import { UsageError } from "../../shared/operator-error.ts";
import { settingsTable } from "../../shared/settings-help.ts";
import { SETTINGS as SERVICE_SETTINGS } from "../../src/settings.ts";
import { historyPath, SETTINGS } from "../../watchdog/config/settings.ts";
import { configOf, SERVICE } from "../../watchdog/main.ts";
import { eventually } from "../support/service.ts";
import { openAt } from "./long-history.ts";
import { expectOneLine, REFUSALS } from "./refusals.ts";
import { createFolder, refusal, runWatchdog, startWatchdog, watchInProcess } from "./support/watchdog.ts";

const DOCUMENTATION = readFileSync(new URL("../../docs/watchdog.md", import.meta.url), "utf8");

describe("orch-watchdog", () => {
  it("prints its flags, its version and its thresholds", async () => {
    const help = await runWatchdog(["--help"]);
    expect(help.code).toBe(0);
    expect(help.stdout).toContain("--target NAME=URL");
    expect(help.stdout).toContain("ORCH_WATCHDOG_HISTORY_SIZE; default 500MB");
    for (const line of help.stdout.split("\n")) expect(line.length, line).toBeLessThanOrEqual(80);
    expect(help.stdout).toMatch(/^ {2}-V, --version .*\n\nExample:\n {2}orch-watchdog --target /m);
    expect((await runWatchdog(["--version"])).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  it("prints a thresholds file that it accepts, and that the documentation contains", async () => {
    using folder = createFolder();
    const { stdout } = await runWatchdog(["--print-thresholds"]);
    expect(DOCUMENTATION).toContain(`\`\`\`yaml\n${stdout}\`\`\``);
    writeFileSync(folder.file("thresholds.yaml"), stdout);
    await using watchdog = await watchInProcess([
      ...["--thresholds", folder.file("thresholds.yaml")],
      ...["--target", "main=http://127.0.0.1:1", "--history", "none"],
    ]);
    expect(watchdog.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  });

  it("has its settings in the documentation", () => {
    expect(DOCUMENTATION).toContain(settingsTable(Object.values(SETTINGS)));
  });

  it("knows the service's flags", () => {
    for (const flag of SERVICE[1]) {
      expect(Object.values(SERVICE_SETTINGS).map((one) => one.flag)).toContain(flag);
      expect(Object.values(SETTINGS).map((one) => one.flag)).not.toContain(flag);
    }
  });

  it("exits with one line and exit code 2 if the command line is invalid", async () => {
    const { code, stderr } = await runWatchdog(["top", "--since", "1d"]);
    expect(code).toBe(2);
    expectOneLine(stderr, "orch-watchdog: --since is a flag of orch-watchdog report");
  });

  it.each([
    [["--json"], undefined, "--json is a flag of orch-watchdog status"],
    [["--watchdog=x"], undefined, "--watchdog is a flag of orch-watchdog top, status, report"],
    [["--port", "1"], ["watchdog"] as const, "--port is a flag of orch-watchdog"],
    [["--test-alert"], ["watchdog"] as const, "--test-alert is a flag of orch-watchdog"],
    [["--database", "x"], ["watchdog"] as const, "--database is a flag of orch-metrics"],
  ])("names the command that owns %j if another one receives it", (args, names, words) => {
    expect(() => configOf(args, {}, names && [...names])).toThrow(new UsageError(words));
  });

  it("rejects an unknown command, and suggests the one that was meant", async () => {
    const { code, stderr } = await runWatchdog(["staus"]);
    expect(code).toBe(2);
    expectOneLine(stderr, 'unknown command "staus" (did you mean "status"?)');
  });

  // The slow tests start the program for these cases.
  it.each(REFUSALS)("rejects %j %j", async (args, env, words) => {
    expectOneLine(await refusal(["--history", "none", ...args], env), words);
  });

  it("lists every error of a thresholds file with its line and key", async () => {
    using folder = createFolder();
    const path = folder.file("thresholds.yaml");
    writeFileSync(
      path,
      [
        "judgement:",
        "  hung_seconds: soon",
        "rules:",
        "  agent-hung:",
        "    severity: grave",
        "  agent-hanging: {}",
        "budget: { per_day_usd: -1 }",
        "targets:",
        "  main:",
        "    polling:",
        "      slow: 3",
      ].join("\n"),
    );
    const stderr = await refusal(["--target", "main=http://h", "--thresholds", path]);
    expect(stderr.trim().split("\n")).toEqual(
      [
        "2: judgement.hung_seconds must be a number",
        "5: rules.agent-hung.severity must be one of critical, warning, info",
        "6: rules.agent-hanging: unknown setting",
        "7: budget.per_day_usd must be > 0",
        '11: targets.main.polling.slow: unknown setting (did you mean "slow_seconds"?)',
      ].map((fault) => `orch-watchdog: ${path}:${fault}`),
    );
  });

  it("warns in the log about keys of an older release, and about a target that is not watched", async () => {
    using folder = createFolder();
    writeFileSync(
      folder.file("t.yaml"),
      "judgement: { fruitless_seconds: 9 }\ntargets: { mian: { budget: { per_day_usd: 9 } }, main: }",
    );
    await using watchdog = await watchInProcess([
      ...["--thresholds", folder.file("t.yaml"), "--target", "main=http://127.0.0.1:1", "--history", "none"],
    ]);
    expect(watchdog.log().map(({ msg }) => msg)).toContainEqual(
      expect.stringMatching(/^judgement\.fruitless_seconds no longer has an effect: .*peer_seconds/),
    );
    expect(watchdog.log().filter(({ msg }) => msg?.startsWith("targets."))).toMatchObject([
      {
        msg: 'targets.mian in the thresholds has no effect: no target has this name (did you mean "main"?)',
      },
    ]);
  });

  it("lists every error of a targets file with its line and key", async () => {
    using folder = createFolder();
    const path = folder.file("targets.yaml");
    writeFileSync(
      path,
      ["targets:", "  - name: a b", "    url: ftp://h", "    tokn: y", "  - url: http://h", "  - 7"].join(
        "\n",
      ),
    );
    const stderr = await refusal(["--targets", path]);
    expect(stderr.trim().split("\n")).toEqual(
      [
        "2: targets.0.name must be a name without spaces and slashes, not orch-watchdog",
        "3: targets.0.url must be a URL such as http://127.0.0.1:9977, without user and query",
        "4: targets.0.tokn: unknown setting",
        "5: targets.1: name is missing",
        "6: targets.2 must be a mapping",
      ].map((fault) => `orch-watchdog: ${path}:${fault}`),
    );
  });

  it("reports where a thresholds file is not valid YAML", async () => {
    using folder = createFolder();
    writeFileSync(folder.file("t.yaml"), 'rules:\n  agent-hung: {for_seconds: "\n');
    const stderr = await refusal(["--target", "a=http://h", "--thresholds", folder.file("t.yaml")]);
    expect(stderr).toMatch(/t\.yaml:\d: /);
  });

  it("rejects a history that another watchdog uses or that belongs to another program", async () => {
    using folder = createFolder();
    const args = ["--target", "a=http://127.0.0.1:1", "--history", folder.file("history.db")];
    await using _first = await watchInProcess(args);
    const second = await runWatchdog([...args, "--port", "0"]);
    expect(second.code).toBe(1);
    expect(second.stderr).toContain("in use by another orch-watchdog");
  });

  it("keeps its history in the user's home, also if a variable is empty or the home is unknown", () => {
    const inHome = join(homeFolder(), ".local/state/orch-watchdog/history.db");
    expect(historyPath({ STATE_DIRECTORY: "", XDG_STATE_HOME: "" })).toBe(inHome);
    expect(historyPath({ XDG_STATE_HOME: "/state" })).toBe("/state/orch-watchdog/history.db");
    const unknown = () => {
      throw new Error("ENOENT");
    };
    expect(homeFolder(unknown)).toBe("/");
  });

  it("rejects a history that cannot be a file", async () => {
    using folder = createFolder();
    execFileSync("mkfifo", [folder.file("pipe")]);
    writeFileSync(folder.file("file"), "");
    const refused = (path: string) => refusal(["--target", "a=http://127.0.0.1:1", "--history", path]);
    for (const path of [folder.path, folder.file("pipe")])
      expect(await refused(path)).toBe(
        `orch-watchdog: ${path} is not a regular file: choose another with --history\n`,
      );
    expect(await refused(folder.file("file/h.db"))).toContain("(ENOTDIR): choose another with --history\n");
  });

  it("keeps watching if its history is damaged, and reports how to fix it", async () => {
    using folder = createFolder();
    writeFileSync(folder.file("history.db"), "no database at all".repeat(100));
    await using watchdog = await watchInProcess([
      ...["--target", "a=http://127.0.0.1:1", "--history", folder.file("history.db")],
    ]);
    await eventually("it says so in the log", () =>
      watchdog.log().some(({ fault }) => fault?.startsWith("the file is damaged: stop the watchdog")),
    );
    expect((await watchdog.fleet()).recording.note).toContain("the file is damaged: stop the watchdog");
  });

  it("reports the same damage each time it tries again", async () => {
    using folder = createFolder();
    const path = folder.file("history.db");
    const clock = { now: Date.now() };
    openAt(path, clock).close();
    const pages = readFileSync(path);
    writeFileSync(path, pages.fill(0xab, 8192));
    const history = openAt(path, clock);
    for (const _ of [1, 2]) {
      expect(history.flush()).toBe(false);
      expect(history.failure).toMatch(/^the file is damaged/);
    }
    history.close();
  });

  it("reads its settings from the environment too", async () => {
    await using watchdog = await startWatchdog([], {
      env: {
        ORCH_WATCHDOG_TARGET: "a=http://127.0.0.1:1,b=http://127.0.0.1:2",
        ORCH_WATCHDOG_HISTORY: "none",
      },
    });
    expect((await watchdog.fleet()).targets.map(({ name }) => name)).toEqual(["a", "b"]);
    expect((await watchdog.fleet()).recording).toEqual({
      on: false,
      note: "it was started without a history file",
    });
  });
});
