/** Runs `top` on a terminal: with a real agent that hangs, keys, sizes, and a watchdog that stops. */
import { type ChildProcess, spawn } from "node:child_process";
import { chmodSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { processTree } from "../../bench/programs.ts";
import { ago, createDatabase, run, type TestDatabase } from "../support/database.ts";
import { eventually, type RunningProgram, startReady } from "../support/service.ts";
import { startOnTerminal } from "./support/terminal.ts";
import { createFolder, type WatchdogInProcess, watchInProcess } from "./support/watchdog.ts";

const PROGRAM = new URL("../../bin/orch-watchdog.js", import.meta.url).pathname;
const THRESHOLDS = `
judgement: { lock_seconds: 0.5, recent_seconds: 0.2 }
rules: { agent-hung: { for_seconds: 0 } }
`;
/** Its only thread waits for a lock that is never released. */
const DEADLOCK = "import threading; lock = threading.Lock(); lock.acquire(); lock.acquire()";
const LEFT = "\x1b[?7h\x1b[?25h\x1b[?1049l";

const folder = createFolder();
let agent: ChildProcess;
let database: TestDatabase;
let service: RunningProgram;
let watchdog: WatchdogInProcess;
const watch = (...args: readonly string[]) =>
  watchInProcess([
    ...[
      "--target",
      `main=${service.url}`,
      "--thresholds",
      folder.file("thresholds.yaml"),
      "--history",
      "none",
    ],
    ...args,
  ]);

/** Replaces a program of this machine. The replacement writes its arguments to `NAME.said`. */
function replace(name: string, output = ""): void {
  writeFileSync(
    folder.file(name),
    `#!/bin/sh\necho "$*" >> ${folder.file(`${name}.said`)}\ncat <<'END'\n${output}END\n`,
  );
  chmodSync(folder.file(name), 0o755);
}
const said = (name: string) => readFileSync(folder.file(`${name}.said`), "utf8");

function top(env: Record<string, string> = {}) {
  const path = `${folder.path}${delimiter}${process.env.PATH}`;
  return startOnTerminal([process.execPath, PROGRAM, "top", "--watchdog", watchdog.url], {
    PATH: path,
    ...env,
  });
}

beforeAll(async () => {
  writeFileSync(folder.file("thresholds.yaml"), THRESHOLDS);
  database = createDatabase();
  const script = `echo $$ $(tty); exec python3 -c '${DEADLOCK}'`;
  agent = spawn("script", ["-qfec", script, "/dev/null"], { stdio: ["pipe", "pipe", "ignore"] });
  let output = "";
  agent.stdout?.on("data", (text) => (output += text));
  await eventually("the agent runs", () => /\d+ \/dev/.test(output));
  const [pid = "", tty = ""] = output.trim().split(" ");
  database.insert("agent_runs", run(41, { agent: "reviewer\x1b[2J", pid: Number(pid), started_at: ago(0) }));
  service = await startReady(database.path);
  watchdog = await watch();
  replace("tmux", `/dev/null %1\n${tty} %7\n`);
  replace("xdg-open");
});
afterAll(async () => {
  agent?.kill();
  await watchdog?.[Symbol.asyncDispose]();
  await service?.[Symbol.asyncDispose]();
  database?.[Symbol.dispose]();
  folder[Symbol.dispose]();
});

it("shows an agent that hangs, and obeys keys", async () => {
  await using terminal = top();
  const shows = (words: RegExp) => eventually(`it shows ${words}`, () => words.test(terminal.screen()));
  await shows(/^> hung +\S+ lock +review.*python3/m);
  expect(terminal.screen()).not.toContain("\x1b");
  // At the end of a full line, erasing would remove its last cell.
  expect(["\x1b[K", "\x1b[J"].some((erase) => terminal.output().includes(erase))).toBe(false);
  terminal.resize(50, 200);
  await shows(/^> hung .*reviewer\\x1b\[2J .*EVIDENCE|EVIDENCE[\s\S]*^> hung .*reviewer\\x1b\[2J .* lock/m);
  expect(terminal.screen().split("\n")).toHaveLength(50);
  terminal.type("/nobody\r");
  await shows(/no agent matches the filter/);
  terminal.type("/\x7f\x7f\x7f\x7f\x7f\x7fhung\r");
  await shows(/^> hung [\s\S]*filter: hung +\(Esc/m);
  terminal.type("m");
  await shows(/silenced for an hour: agent-hung/);
  expect((await watchdog.alert("agent-hung"))?.silence).toMatchObject({ comment: "orch-watchdog top" });
  await shows(/\(silenced\)/);
  terminal.type("m");
  await shows(/no longer silenced: agent-hung/);
  expect((await watchdog.alert("agent-hung"))?.silence).toBeUndefined();
  terminal.type("o");
  const page = `${watchdog.url}/#/orchestrators/main/runs/41`;
  await eventually(
    "the browser opens",
    () => terminal.screen().includes(page) && said("xdg-open") === `${page}\n`,
  );
  terminal.type("\r");
  await shows(/tmux pane %7/);
  expect(said("tmux").split("\n")[1]).toBe("attach-session -t %7");
  terminal.type("q");
  const { code, settings } = await terminal.ended();
  expect(code).toBe(0);
  expect(settings).toMatch(/ icanon[\s\S]* echo /);
  // Once for tmux, and once at the end.
  expect(terminal.output().split(LEFT)).toHaveLength(3);
});

it("reports that the watchdog does not answer, and continues when it does", async () => {
  const { port } = new URL(watchdog.url);
  await using terminal = top();
  await eventually("it shows the agent", () => /^> hung/m.test(terminal.screen()));
  await watchdog[Symbol.asyncDispose]();
  await eventually("it reports that", () =>
    /^trying again: cannot read the watchdog at .*$[\s\S]*^> hung/m.test(terminal.screen()),
  );
  watchdog = await watch("--port", port);
  await eventually(
    "it reads again",
    () => /^1 agent[\s\S]*> hung/.test(terminal.screen()) && !/cannot read/.test(terminal.screen()),
  );
});

it("orch-metrics top starts what up starts if no watchdog runs", async () => {
  const program = new URL("../../bin/orch-metrics.js", import.meta.url).pathname;
  const command = [process.execPath, program, "top", "--watch-processes", "no-such-program", "--port", "0"];
  await using alone = startOnTerminal([...command, "--history", "none"]);
  await eventually("it shows what it started", () => /no agent runs/.test(alone.screen()));
  const tree = processTree(alone.pid());
  expect(tree.length).toBeGreaterThanOrEqual(4);
  process.kill(alone.pid(), "SIGTERM");
  const { code, settings } = await alone.ended();
  expect(code).toBe(0);
  expect(settings).toMatch(/ icanon/);
  expect(alone.output()).toContain(LEFT);
  await eventually("no process is left", () => tree.every((pid) => !existsSync(`/proc/${pid}`)));
});
