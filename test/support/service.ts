/** The program as a user starts it: a child process on a real port. */
import type { GetMetricsResponseJson } from "../../gen/orchestrator/metrics/v1/metrics_pb.js";
import type { TimeLimits } from "../../src/server/limits.ts";
import { environment, type Finished, runToEnd, type StartedProgram, startListening } from "./program.ts";

const WITH_TIMES = new URL("./serve-with-times.ts", import.meta.url).pathname;
export const PROGRAM = new URL("../../bin/orch-metrics.js", import.meta.url).pathname;

export interface RunningProgram extends StartedProgram {
  /** For example `http://127.0.0.1:9977`, or `unix:/run/socket`. */
  readonly url: string;
  metrics(query?: string): Promise<GetMetricsResponseJson>;
  get(path: string, init?: RequestInit): Promise<Response>;
}

/** Runs a command of the program to its end. */
export function runProgram(args: readonly string[], env: Record<string, string> = {}): Promise<Finished> {
  return runToEnd([PROGRAM, ...args], env);
}

export interface StartOptions {
  readonly args?: readonly string[];
  readonly env?: Record<string, string>;
  /** Where it listens. A free port by default. */
  readonly place?: readonly string[];
  readonly cwd?: string;
  readonly nodeFlags?: readonly string[];
  /** Time limits that replace the program's own. */
  readonly times?: Partial<TimeLimits>;
  /** A command that ends by executing its arguments, such as `prlimit --nofile=100`. */
  readonly through?: readonly string[];
}

/** Starts `serve` and waits until it listens. Without a database here, the environment must name it. */
export async function startProgram(
  database: string | undefined,
  {
    args = [],
    env = {},
    place = ["--port", "0"],
    cwd,
    nodeFlags = [],
    times,
    through = [],
  }: StartOptions = {},
): Promise<RunningProgram> {
  const serve = times ? [WITH_TIMES, JSON.stringify(times)] : [PROGRAM, "serve"];
  const own = [process.execPath, ...nodeFlags, ...serve, ...place];
  if (database !== undefined) own.push("--database", database);
  const [command = "", ...rest] = [...through, ...own, ...args];
  const program = await startListening(command, rest, {
    env: environment(env),
    ...(cwd !== undefined && { cwd }),
  });
  const get = (path: string, init?: RequestInit) => fetch(program.url + path, init);
  return {
    ...program,
    get,
    async metrics(query = "") {
      return (await (await get(`/metrics${query}`)).json()) as GetMetricsResponseJson;
    },
  };
}

/**
 * Starts `serve` and waits until it has read the database once. On a busy machine the first reading takes
 * seconds.
 */
export async function startReady(...args: Parameters<typeof startProgram>): Promise<RunningProgram> {
  const service = await startProgram(...args);
  await eventually("it is ready", async () => (await service.get("/ready")).ok, 30);
  return service;
}

/** Resolves with the first whole envelope without an error. */
export async function untilOk(program: RunningProgram): Promise<GetMetricsResponseJson> {
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

/** Polls until the condition holds. Fails with its description. */
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
