/** The programs that are measured, as child processes. */
import { type ChildProcess, fork, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

const PROGRAM = new URL("../dist/src/main.js", import.meta.url).pathname;

/** Debian's own, for which it packages FastAPI. */
const PYTHON = "/usr/bin/python3";

export interface Usage {
  /** CPU time of all its threads, in seconds. */
  cpuSeconds(): number;
  residentMebibytes(): number;
}

export interface Program extends Usage, AsyncDisposable {
  readonly port: number;
  readonly firstAnswerMilliseconds: number;
}

/** The compiled service. */
export async function startService(database: string): Promise<Program> {
  const began = performance.now();
  const child = spawn(process.execPath, [PROGRAM, "serve", "--database", database, "--port", "0"], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  const port = await portFrom(child, /127\.0\.0\.1:(\d+)/);
  await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  return program(child, port, performance.now() - began);
}

/** Resolves once an answer told the whole history. */
export async function untilHistoryRead({ port }: Program): Promise<void> {
  const url = `http://127.0.0.1:${port}/metrics?read_mask=queue,cost`;
  for (;;) {
    const { queue, cost } = (await (await fetch(url)).json()) as Record<string, { error: unknown }>;
    if (queue?.error === null && cost?.error === null) return;
    await sleep(50);
  }
}

/** The same sections by FastAPI; undefined where it is not installed. */
export async function startPeer(database: string): Promise<Program | undefined> {
  if (spawnSync(PYTHON, ["-c", "import fastapi, uvicorn"]).status !== 0) return undefined;
  const script = new URL("./peer.py", import.meta.url).pathname;
  const child = spawn(PYTHON, [script, database], { stdio: ["ignore", "ignore", "pipe"] });
  return program(child, await portFrom(child, /127\.0\.0\.1:(\d+)/), 0);
}

export async function startConstant(bodyBytes: number): Promise<Program> {
  const child = fork(new URL("./constant-server.ts", import.meta.url), [String(bodyBytes)]);
  const [port] = (await once(child, "message")) as [number];
  return program(child, port, 0);
}

export interface Writer extends AsyncDisposable {
  ask(): Promise<{ commits: number; walBytes: number }>;
}

/** `perSecond` 0: as many commits as it can. */
export function startWriter(database: string, perSecond: number): Writer {
  const child = fork(new URL("./writer.ts", import.meta.url), [database, String(perSecond)]);
  return {
    async ask() {
      child.send("how many");
      const [answer] = await once(child, "message");
      return answer;
    },
    async [Symbol.asyncDispose]() {
      child.disconnect();
      await once(child, "exit");
    },
  };
}

async function portFrom(child: ChildProcess, pattern: RegExp): Promise<number> {
  let log = "";
  return new Promise((resolve, reject) => {
    child.once("exit", () => reject(new Error(log)));
    child.stderr?.on("data", (chunk) => {
      log += chunk;
      const found = pattern.exec(log)?.[1];
      if (found) resolve(Number(found));
    });
  });
}

function program(child: ChildProcess, port: number, firstAnswerMilliseconds: number): Program {
  return {
    port,
    firstAnswerMilliseconds,
    ...usageOf(child.pid as number),
    async [Symbol.asyncDispose]() {
      child.kill("SIGTERM");
      await once(child, "exit");
    },
  };
}

/** What a process has used so far, by proc_pid_stat(5) and proc_pid_status(5). */
export function usageOf(pid: number): Usage {
  const proc = (file: string) => readFileSync(`/proc/${pid}/${file}`, "latin1");
  return {
    cpuSeconds() {
      const fields = proc("stat").split(") ")[1]?.split(" ") ?? [];
      return (Number(fields[11]) + Number(fields[12])) / 100;
    },
    residentMebibytes: () => Number(/VmRSS:\s+(\d+)/.exec(proc("status"))?.[1]) / 1024,
  };
}
