/** The measured programs, as child processes. */
import { type ChildProcess, fork, spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

const PROGRAM = new URL("../dist/src/main.js", import.meta.url).pathname;

export interface Usage {
  /** CPU time so far, including processes that have ended. */
  cpuSeconds(): number;
  /** Shared memory counts in proportion: proc_pid_smaps(5), Pss. */
  pssMebibytes(): number;
}

export interface Service extends Usage, AsyncDisposable {
  readonly port: number;
}

/** Starts the compiled service. */
export async function startService(database: string): Promise<Service> {
  const child = spawn(process.execPath, [PROGRAM, "serve", "--database", database, "--port", "0"], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  const port = await portOf(child);
  await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  return {
    port,
    ...usageOf(child.pid as number),
    async [Symbol.asyncDispose]() {
      child.kill("SIGTERM");
      await once(child, "exit");
    },
  };
}

/** Resolves once a response contained the whole history. */
export async function untilHistoryRead({ port }: Service): Promise<void> {
  const url = `http://127.0.0.1:${port}/metrics?read_mask=queue,cost`;
  for (;;) {
    const { queue, cost } = (await (await fetch(url)).json()) as Record<string, { error: unknown }>;
    if (queue?.error === null && cost?.error === null) return;
    await sleep(50);
  }
}

/** What the writer did since the last request. */
export interface Written {
  /** Milliseconds of each commit. */
  readonly took: readonly number[];
  readonly walBytes: number;
}

export interface Writer extends AsyncDisposable {
  ask(): Promise<Written>;
}

/** Starts a process that commits 50 times a second. */
export function startWriter(database: string): Writer {
  const child = fork(new URL("./writer.ts", import.meta.url), [database]);
  return {
    async ask() {
      child.send("report");
      const [written] = await once(child, "message");
      return written;
    },
    async [Symbol.asyncDispose]() {
      child.disconnect();
      await once(child, "exit");
    },
  };
}

/** Returns the usage of a process and its descendants. */
export function usageOf(pid: number): Usage {
  const sum = (numberOf: (pid: number) => number) =>
    processTree(pid).reduce((total, one) => total + numberOf(one), 0);
  return {
    cpuSeconds: () => sum(ticksOf) / 100,
    pssMebibytes: () => sum((one) => Number(/Pss:\s+(\d+)/.exec(proc(one, "smaps_rollup"))?.[1] ?? 0) / 1024),
  };
}

/** Returns a process with its descendants. proc_pid_children(5): a thread's file lists the children that the thread started. */
export function processTree(pid: number): readonly number[] {
  const threads = readdirSync(`/proc/${pid}/task`);
  const children = threads.flatMap((thread) => proc(pid, `task/${thread}/children`).match(/\d+/g) ?? []);
  return [pid, ...children.flatMap((child) => processTree(Number(child)))];
}

/** Returns user and system time, including children that have ended, in hundredths of a second: proc_pid_stat(5). */
function ticksOf(pid: number): number {
  const fields = proc(pid, "stat").split(") ")[1]?.split(" ") ?? [];
  return fields.slice(11, 15).reduce((total, ticks) => total + Number(ticks), 0);
}

function proc(pid: number, file: string): string {
  return readFileSync(`/proc/${pid}/${file}`, "latin1");
}

function portOf(child: ChildProcess): Promise<number> {
  let log = "";
  return new Promise((resolve, reject) => {
    child.once("exit", () => reject(new Error(log)));
    child.stderr?.on("data", (chunk) => {
      log += chunk;
      const found = /127\.0\.0\.1:(\d+)/.exec(log)?.[1];
      if (found) resolve(Number(found));
    });
  });
}
