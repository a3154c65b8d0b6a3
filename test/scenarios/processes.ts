/**
 * Starts and ends the scenarios' processes, each in its own group, so that everything it started ends with
 * it.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { type ControlGroups, controlGroups } from "./control-groups.ts";

export const AGENT = new URL("./programs/agent.mjs", import.meta.url).pathname;

export interface Processes extends AsyncDisposable {
  /**
   * Marks everything started here in its environment, as NAME=VALUE, since a daemon leaves its group and its
   * tree.
   */
  readonly mark: string;
  readonly groups: ControlGroups;
  /** Returns the pid. Output goes to the descriptor, or is discarded. Input is empty. */
  run(command: string, args: readonly string[], output?: number): number;
  /** The same for an agent of `programs/agent.mjs`. */
  agent(behaviour: string, ...args: string[]): number;
  /** Resolves with the first line of its output. */
  firstLine(command: string, ...args: string[]): Promise<string>;
  /** Resolves when it has ended and was waited for. */
  kill(pid: number): Promise<void>;
  /** Ends the process and starts an agent with the same pid. Requires root. */
  replace(pid: number, behaviour: string): Promise<void>;
}

export function startProcesses(): Processes {
  const mark = `ORCH_SCENARIO=${process.pid}.${Date.now()}`;
  const [name = "", value = ""] = mark.split("=");
  const exits = new Map<number, Promise<unknown>>();
  const groups = controlGroups();

  function start(command: string, args: readonly string[], output: "ignore" | "pipe" | number) {
    const child = spawn(command, args, {
      detached: true,
      stdio: ["ignore", output, output === "pipe" ? "ignore" : output],
      env: { ...process.env, [name]: value },
    });
    if (child.pid === undefined) throw new Error(`${command} cannot be started`);
    exits.set(child.pid, once(child, "exit"));
    return { pid: child.pid, stdout: child.stdout };
  }

  const run = (command: string, args: readonly string[], output: number | "ignore" = "ignore") =>
    start(command, args, output).pid;
  const agent = (behaviour: string, ...args: string[]) => run(process.execPath, [AGENT, behaviour, ...args]);

  async function kill(pid: number): Promise<void> {
    process.kill(pid, "SIGKILL");
    await exits.get(pid);
  }

  return {
    mark,
    groups,
    run,
    agent,
    kill,
    async firstLine(command, ...args) {
      const { stdout } = start(command, args, "pipe");
      let text = "";
      for await (const part of stdout as NodeJS.ReadableStream) {
        text += part;
        if (text.includes("\n")) break;
      }
      return text.split("\n")[0] ?? "";
    },
    async replace(pid, behaviour) {
      await kill(pid);
      // Other programs start processes too.
      for (let tries = 0; tries < 100; tries += 1) {
        nextPidIs(pid);
        const other = agent(behaviour);
        if (other === pid) return;
        await kill(other);
      }
      throw new Error(`no other process got the pid ${pid}`);
    },
    async [Symbol.asyncDispose]() {
      // Repeat for processes that were about to start another one.
      for (let pids = marked(mark); pids.length > 0; pids = marked(mark)) {
        for (const pid of pids) {
          try {
            process.kill(pid, "SIGKILL");
          } catch {
            // It ended meanwhile.
          }
        }
        await sleep(50);
      }
      await Promise.all(exits.values());
      groups.remove();
    },
  };
}

/** pid_namespaces(7), ns_last_pid. */
function nextPidIs(pid: number): void {
  writeFileSync("/proc/sys/kernel/ns_last_pid", String(pid - 1));
}

/** Returns the living processes with this in their environment, proc_pid_environ(5). A zombie has none. */
function marked(mark: string): readonly number[] {
  return readdirSync("/proc")
    .map(Number)
    .filter((pid) => {
      try {
        return pid > 0 && readFileSync(`/proc/${pid}/environ`, "latin1").split("\0").includes(mark);
      } catch {
        return false;
      }
    });
}
