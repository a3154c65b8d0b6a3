/**
 * One agent of the demo: a real process that behaves as its first argument says. It ends by itself when its
 * parent is gone, so that no demo leaves a process behind.
 *
 * busy: computes a fifth of the time and writes its log. waiting: sleeps while a child of its own computes, and logs.
 * hung: does nothing, for ever. ending: works for some seconds, then ends.
 */
import { spawn } from "node:child_process";
import { appendFileSync } from "node:fs";

const [behaviour = "hung", logPath = ""] = process.argv.slice(2);

const CYCLE_MILLISECONDS = 100;
const COMPUTE_MILLISECONDS = 20;
const LIFE_OF_ENDING_MILLISECONDS = 6_000;

function log(text: string): void {
  if (logPath !== "") appendFileSync(logPath, `${new Date().toISOString()} ${text}\n`);
}

function computeForEver(): void {
  setInterval(() => {
    const end = performance.now() + COMPUTE_MILLISECONDS;
    while (performance.now() < end);
  }, CYCLE_MILLISECONDS);
}

process.on("disconnect", () => process.exit(0));
log(`started, ${behaviour}`);
let tests = 1;
switch (behaviour) {
  case "busy":
    computeForEver();
    setInterval(() => log("a tool call"), 500);
    break;
  case "waiting": {
    const child = spawn(
      process.execPath,
      [...process.execArgv, process.argv[1] ?? "", "computing", logPath],
      {
        stdio: ["ignore", "ignore", "ignore", "ipc"],
      },
    );
    child.once("exit", () => process.exit(1));
    break;
  }
  case "computing":
    computeForEver();
    // As a test runner does: what says nothing new for long is hung.
    setInterval(() => log(`passed ${tests++} tests`), 5_000);
    break;
  case "ending":
    computeForEver();
    setTimeout(() => {
      log("finished");
      process.exit(0);
    }, LIFE_OF_ENDING_MILLISECONDS);
    break;
  default:
    // An open IPC channel alone keeps it alive.
    break;
}
