/** The log as a person reads it, on a terminal such as `script` gives. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { stripVTControlCharacters } from "node:util";
import { expect, it } from "vitest";
import { terminalLine } from "../../src/log-line.ts";
import { eventually } from "../support/service.ts";

const PROGRAM = new URL("../../bin/orch-metrics.js", import.meta.url).pathname;

it("has the time, the level, the message and what belongs to it, in a line each, on a terminal", async () => {
  const command = `${process.execPath} ${PROGRAM} serve --database /nowhere/orchestrator.db --port 0`;
  const script = spawn("script", ["--quiet", "--flush", "--command", command, "/dev/null"]);
  let shown = "";
  script.stdout.on("data", (chunk) => (shown += stripVTControlCharacters(String(chunk))));
  const ended = once(script, "close");
  await eventually("it is not ready", () => shown.includes("not ready")).finally(() =>
    script.kill("SIGTERM"),
  );
  await ended;
  expect(shown).toMatch(/^\d\d:\d\d:\d\d INFO {2}listening on http:\S+ url="http:\S+" instance=/m);
  expect(shown).toMatch(/^\d\d:\d\d:\d\d WARN {2}not ready: .* code="unavailable"\r$/m);
});

it("shows an error's stack below, and obeys no control character of it", () => {
  const err = { stack: "Error: \u001b[2Jwiped\n    at here" };
  const line = terminalLine(
    JSON.stringify({
      level: 50,
      time: "2026-01-31T12:00:00.000Z",
      where: "\u009b1A",
      err,
      msg: "unexpected\n",
    }),
  );
  const [first, ...others] = stripVTControlCharacters(line).split("\n");
  expect(first).toMatch(/^\d\d:\d\d:\d\d ERROR unexpected\\x0a where="\\x9b1A"$/);
  expect(others).toEqual(["Error: \\x1b[2Jwiped", "    at here", ""]);
});
