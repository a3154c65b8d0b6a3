/** The processes of the chaos run. Each is started, disturbed, and started again. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";

export class Victim {
  /** The arguments of the next start. */
  args: readonly string[];
  readonly #onLog: (line: string) => void;
  #child: ChildProcess | undefined;

  /** `onLog` receives each line of standard error. */
  constructor(args: readonly string[], onLog: (line: string) => void) {
    this.args = args;
    this.#onLog = onLog;
  }

  get isRunning(): boolean {
    return this.#child !== undefined && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  start(): void {
    if (this.isRunning) return;
    const child = spawn(process.execPath, this.args, { stdio: ["ignore", "ignore", "pipe"] });
    let rest = "";
    child.stderr?.setEncoding("utf8").on("data", (chunk: string) => {
      const lines = (rest + chunk).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) this.#onLog(line);
    });
    this.#child = child;
  }

  /** Resolves once it has ended. */
  async end(signal: "SIGKILL" | "SIGTERM"): Promise<void> {
    const child = this.#child;
    if (!child || !this.isRunning) return;
    const ended = once(child, "exit");
    child.kill(signal);
    await ended;
  }

  signal(signal: NodeJS.Signals): void {
    this.#child?.kill(signal);
  }

  /** Signals its child processes, of any thread: proc_tid_children(5). */
  signalChildren(signal: NodeJS.Signals): void {
    for (const pid of this.#children()) {
      try {
        process.kill(pid, signal);
      } catch {
        // It ended by itself.
      }
    }
  }

  /** Limits the open files to the current number, or restores the limit. */
  limitFiles(isTight: boolean): void {
    try {
      const pid = this.#child?.pid;
      const most = Math.max(...readdirSync(`/proc/${pid}/fd`).map(Number)) + 2;
      spawnSync("prlimit", ["--pid", `${pid}`, `--nofile=${isTight ? most : 1024}:`]);
    } catch {
      // It has ended.
    }
  }

  #children(): number[] {
    try {
      const tasks = `/proc/${this.#child?.pid}/task`;
      return readdirSync(tasks).flatMap((thread) =>
        readFileSync(`${tasks}/${thread}/children`, "latin1").split(" ").filter(Boolean).map(Number),
      );
    } catch {
      return [];
    }
  }
}
