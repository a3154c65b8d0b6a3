/** Every way in which `top` can end leaves the terminal as it was. */
import { writeFileSync } from "node:fs";
import { afterAll, beforeAll, expect, it } from "vitest";
import { eventually } from "../support/service.ts";
import { startOnTerminal } from "./support/terminal.ts";
import { createFolder, type WatchdogInProcess, watchInProcess } from "./support/watchdog.ts";

const program = (name: string) => new URL(`../../bin/${name}.js`, import.meta.url).pathname;
const LEFT = "\x1b[?7h\x1b[?25h\x1b[?1049l";

const folder = createFolder();
let watchdog: WatchdogInProcess;

beforeAll(async () => {
  watchdog = await watchInProcess(["--target", "main=http://127.0.0.1:1", "--history", "none"]);
  // With this import, a signal makes the program throw.
  writeFileSync(folder.file("thrower.mjs"), 'process.on("SIGUSR2", () => { throw new Error("thrown"); });');
});
afterAll(async () => {
  await watchdog?.[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

it.each([
  ["orch-watchdog", "q", 0],
  ["orch-watchdog", "Ctrl-C", 0],
  ["orch-watchdog", "SIGTERM", 0],
  ["orch-watchdog", "SIGHUP", 0],
  ["orch-watchdog", "an exception", 1],
  ["orch-metrics", "q", 0],
  ["orch-metrics", "SIGTERM", 0],
])("%s top on %s", async (name, way, expected) => {
  const command = [process.execPath, program(name), "top", "--watchdog", watchdog.url];
  const thrower = name === "orch-watchdog" && { NODE_OPTIONS: `--import=${folder.file("thrower.mjs")}` };
  await using terminal = startOnTerminal(command, { NO_COLOR: "1", ...thrower });
  await eventually("the screen is shown", () => /^main: down/m.test(terminal.screen()));
  // With NO_COLOR, only the modes of the terminal change.
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
  expect(terminal.output()).not.toMatch(/\x1b\[\d*m/);
  if (way === "q") terminal.type("q");
  else if (way === "Ctrl-C") terminal.type("\x03");
  else process.kill(terminal.pid(), way === "an exception" ? "SIGUSR2" : (way as NodeJS.Signals));
  const { code, settings } = await terminal.ended();
  expect(code).toBe(expected);
  expect(settings).toMatch(/ icanon[\s\S]* echo /);
  const [, after = ""] = terminal.output().split(LEFT);
  expect(terminal.output().split(LEFT)).toHaveLength(2);
  // The error stays visible.
  if (way === "an exception") expect(after).toContain("thrown");
});
