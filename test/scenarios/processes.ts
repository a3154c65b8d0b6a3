/** Starts and ends the scenarios' processes: each a group of its own, so that whatever it started ends with it. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";

const AGENT = new URL("./programs/agent.ts", import.meta.url).pathname;

export interface Processes extends AsyncDisposable {
  /** Gives the pid. Its output is thrown away, its input is empty. */
  run(command: string, ...args: string[]): number;
  /** The same of an agent of `programs/agent.ts`. */
  agent(behaviour: string, ...args: string[]): number;
  /** The first line of its output. */
  firstLine(command: string, ...args: string[]): Promise<string>;
  /** Resolves when it ended and was waited for. */
  kill(pid: number): Promise<void>;
  /** Ends the process and has another agent take its pid. Takes root. */
  replace(pid: number, behaviour: string): Promise<void>;
}

export function startProcesses(): Processes {
  /** Marks whatever is started here, in its environment: a daemon leaves its group and its tree. */
  const mark = `ORCH_SCENARIO=${process.pid}.${Date.now()}`;
  const [name = "", value = ""] = mark.split("=");
  const exits = new Map<number, Promise<unknown>>();

  function start(command: string, args: readonly string[], output: "ignore" | "pipe") {
    const child = spawn(command, args, {
      detached: true,
      stdio: ["ignore", output, "ignore"],
      env: { ...process.env, [name]: value },
    });
    if (child.pid === undefined) throw new Error(`${command} cannot be started`);
    exits.set(child.pid, once(child, "exit"));
    return { pid: child.pid, stdout: child.stdout };
  }

  const run = (command: string, ...args: string[]) => start(command, args, "ignore").pid;
  const agent = (behaviour: string, ...args: string[]) => run(process.execPath, AGENT, behaviour, ...args);

  async function kill(pid: number): Promise<void> {
    process.kill(pid, "SIGKILL");
    await exits.get(pid);
  }

  return {
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
      // Others start processes too.
      for (let tries = 0; tries < 100; tries += 1) {
        nextPidIs(pid);
        const other = agent(behaviour);
        if (other === pid) return;
        await kill(other);
      }
      throw new Error(`no other process got the pid ${pid}`);
    },
    async [Symbol.asyncDispose]() {
      for (const pid of marked(mark)) {
        try {
          process.kill(pid, "SIGKILL");
        } catch {
          // It ended meanwhile.
        }
      }
      await Promise.all(exits.values());
    },
  };
}

/** pid_namespaces(7), ns_last_pid. */
function nextPidIs(pid: number): void {
  writeFileSync("/proc/sys/kernel/ns_last_pid", String(pid - 1));
}

/** The living processes with this in their environment, proc_pid_environ(5). */
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
