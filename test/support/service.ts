/** The program itself, as its user starts it: a child process on a real port. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import type { GetMetricsResponseJson } from "../../gen/orchestrator/metrics/v1/metrics_pb.js";

const PROGRAM = new URL("../../bin/orch-metrics.js", import.meta.url).pathname;

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunningProgram extends AsyncDisposable {
  /** Such as `http://127.0.0.1:9977`, or `unix:/run/socket`. */
  readonly url: string;
  readonly child: ChildProcess;
  /** Everything it logged so far. */
  log(): string;
  metrics(query?: string): Promise<GetMetricsResponseJson>;
  get(path: string, init?: RequestInit): Promise<Response>;
  /** Sends the signal and resolves with the exit code. */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
}

/** The environment without this machine's own settings. */
function environment(more: Record<string, string> = {}): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith("ORCH_"));
  return { ...Object.fromEntries(inherited), ...more };
}

/** Runs a command of the program to its end. */
export async function runProgram(
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<Finished> {
  const child = spawn(process.execPath, [PROGRAM, ...args], { env: environment(env) });
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (chunk) => (stdout += chunk));
  child.stderr.on("data", (chunk) => (stderr += chunk));
  await once(child, "close");
  return { code: child.exitCode, stdout, stderr };
}

export interface StartOptions {
  readonly args?: readonly string[];
  readonly env?: Record<string, string>;
  /** Where it listens; a free port. */
  readonly place?: readonly string[];
  readonly cwd?: string;
  readonly nodeFlags?: readonly string[];
  /** A command that ends by executing what follows it, such as `prlimit --nofile=100`. */
  readonly through?: readonly string[];
}

/** Starts `serve` and waits until it listens. Without a database here it is in the environment. */
export async function startProgram(
  database: string | undefined,
  { args = [], env = {}, place = ["--port", "0"], cwd, nodeFlags = [], through = [] }: StartOptions = {},
): Promise<RunningProgram> {
  const own = [process.execPath, ...nodeFlags, PROGRAM, "serve", ...place];
  if (database !== undefined) own.push("--database", database);
  const [command = "", ...rest] = [...through, ...own, ...args];
  const child = spawn(command, rest, {
    env: environment(env),
    stdio: ["ignore", "ignore", "pipe"],
    ...(cwd !== undefined && { cwd }),
  });
  let log = "";
  const url = await new Promise<string>((resolve, reject) => {
    child.stderr?.on("data", (chunk) => {
      log += chunk;
      const listening = /"url":"([^"]+)"/.exec(log);
      if (listening?.[1]) resolve(listening[1]);
    });
    child.once("exit", (code) => reject(new Error(`ended with ${code} before it listened: ${log}`)));
  });
  const get = (path: string, init?: RequestInit) => fetch(url + path, init);
  return {
    url,
    child,
    log: () => log,
    get,
    async metrics(query = "") {
      return (await (await get(`/metrics${query}`)).json()) as GetMetricsResponseJson;
    },
    async stop(signal = "SIGTERM") {
      if (child.exitCode === null && child.signalCode === null) {
        child.kill(signal);
        await once(child, "exit");
      }
      return child.exitCode;
    },
    async [Symbol.asyncDispose]() {
      if (child.exitCode === null && child.signalCode === null) {
        child.kill("SIGKILL");
        await once(child, "exit");
      }
    },
  };
}

/** Starts `serve` and waits until it has read the database once: on a busy machine the first reading takes seconds. */
export async function startReady(...args: Parameters<typeof startProgram>): Promise<RunningProgram> {
  const service = await startProgram(...args);
  await eventually("it is ready", async () => (await service.get("/ready")).ok, 30);
  return service;
}

/** Resolves once a whole envelope without an error was told. */
export async function untilSound(program: RunningProgram): Promise<GetMetricsResponseJson> {
  let envelope: GetMetricsResponseJson = {};
  await eventually(
    "every section is sound",
    async () => {
      envelope = await program.metrics();
      const { stages, queue, agents, cost } = envelope;
      return [stages, queue, queue?.running, queue?.breakers, queue?.gates, agents, cost].every(
        (part) => part?.error === null,
      );
    },
    60,
  );
  return envelope;
}

/** Polls until it holds; fails with what it was about. */
export async function eventually(
  what: string,
  holds: () => Promise<boolean> | boolean,
  seconds = 30,
): Promise<void> {
  const end = Date.now() + seconds * 1000;
  while (Date.now() < end) {
    if (await holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`within ${seconds} s it did not come about: ${what}`);
}
