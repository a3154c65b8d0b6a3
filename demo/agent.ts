/**
 * An agent of the demo: a real process whose first argument selects its behaviour. It ends with its parent, so that
 * the demo leaves no process behind.
 *
 * busy: computes a fifth of the time and writes its log. waiting: sleeps while its child computes and logs. hung:
 * does nothing, forever. ending: works for several seconds, then ends.
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
    // Logs like a test runner, since a process without new output counts as hung.
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
    // Only the open IPC channel keeps it alive.
    break;
}
