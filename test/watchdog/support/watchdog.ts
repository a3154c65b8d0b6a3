/**
 * Runs `orch-watchdog` as a user starts it: a child process on a real port, with its own history. Or in the
 * test's own process, for tests that do not concern the process.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import type {
  Alert,
  Alerts,
  Fleet,
  Series,
  SilenceRequest,
  Target,
  TargetSummary,
} from "../../../watchdog/api.ts";
import { configOf, errorLines, watch } from "../../../watchdog/main.ts";
import { PACE, type Pace } from "../../../watchdog/pace.ts";
import {
  environment,
  type Finished,
  runToEnd,
  type StartedProgram,
  startListening,
} from "../../support/program.ts";

/** The watchdog's pace in tests. Only tests of the real pace use that one. */
export interface TestPace extends Partial<Pace> {
  readonly pollSeconds?: number;
}

const QUICK: TestPace = {
  pollSeconds: 0.1,
  tickMilliseconds: 50,
  flushMilliseconds: 200,
  retryMilliseconds: 50,
  gatherMilliseconds: 50,
};

const WITH_PACE = new URL("./watchdog-with-pace.ts", import.meta.url).pathname;
const PROGRAM = new URL("../../../bin/orch-watchdog.js", import.meta.url).pathname;

export interface LogLine {
  readonly msg: string;
  readonly fault?: string;
  readonly receiver?: string;
  readonly detail?: string;
  readonly alert?: { readonly rule: string; readonly state: string; readonly target: string };
}

export interface WatchdogInProcess extends AsyncDisposable {
  readonly url: string;
  log(): readonly LogLine[];
  get(path: string, init?: RequestInit): Promise<Response>;
  fleet(): Promise<Fleet>;
  summary(name: string): Promise<TargetSummary>;
  target(name: string): Promise<Target>;
  /** Over the last minutes. */
  series(name: string, minutes?: number): Promise<Series>;
  alerts(): Promise<Alerts>;
  /** Returns the open alert of a rule, or undefined. */
  alert(rule: string, target?: string): Promise<Alert | undefined>;
  silence(request: SilenceRequest): Promise<Response>;
}

export interface RunningWatchdog extends WatchdogInProcess, Pick<StartedProgram, "child" | "stop"> {}

/** Runs the program to its end. */
export function runWatchdog(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Finished> {
  return runToEnd([PROGRAM, ...args], env);
}

/**
 * Starts the program on a free port and waits until it listens. With `pace` null, the program uses its own
 * pace.
 */
export async function startWatchdog(
  args: readonly string[],
  {
    env = {},
    pace = QUICK,
    through = [],
  }: { env?: Record<string, string>; pace?: TestPace | null; through?: readonly string[] } = {},
): Promise<RunningWatchdog> {
  const program = pace === null ? [PROGRAM] : [WITH_PACE, JSON.stringify(pace)];
  const own = [...program, "--port", "0"];
  const [command = "", ...rest] = [...through, process.execPath, ...own, ...args];
  const started = await startListening(command, rest, { env: environment(env) });
  return { ...started, ...askedAt(started.url, started.log) };
}

/** Returns what the program would print as its error, without starting a process. */
export async function refusal(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<string> {
  try {
    const watchdog = await watchInProcess(args, { env });
    await watchdog[Symbol.asyncDispose]();
    return "";
  } catch (error) {
    return errorLines(error)
      .map((line) => `orch-watchdog: ${line}\n`)
      .join("");
  }
}

/** Starts the watchdog in the test's own process, on a free port. */
export async function watchInProcess(
  args: readonly string[],
  { env = {}, pace = QUICK }: { env?: Readonly<Record<string, string>>; pace?: TestPace } = {},
): Promise<WatchdogInProcess> {
  let lines = "";
  const output = {
    write(line: string) {
      lines += line;
    },
  };
  const { pollSeconds, ...rest } = { ...QUICK, ...pace };
  const config = configOf(["--port", "0", ...args], env);
  const logger = pino({ level: config.logLevel, base: null }, output);
  const { url, close } = await watch({ ...config, pollSeconds: pollSeconds ?? config.pollSeconds }, logger, {
    ...PACE,
    ...rest,
  });
  return { ...askedAt(url, () => lines), url, [Symbol.asyncDispose]: close };
}

/** The requests that tests send to a watchdog. */
function askedAt(url: string, log: () => string) {
  const get = (path: string, init?: RequestInit) => fetch(url + path, init);
  const json = async <T>(path: string) => (await (await get(path)).json()) as T;
  return {
    log: () =>
      log()
        .split("\n")
        .filter((line) => line.startsWith("{"))
        .map((line) => JSON.parse(line) as LogLine),
    get,
    fleet: () => json<Fleet>("/api/fleet"),
    async summary(name: string) {
      const found = (await json<Fleet>("/api/fleet")).targets.find((target) => target.name === name);
      if (!found) throw new Error(`no target ${name}`);
      return found;
    },
    target: (name: string) => json<Target>(`/api/targets/${name}`),
    series(name: string, minutes = 5) {
      const now = Date.now();
      return json<Series>(`/api/targets/${name}/series?from=${now - minutes * 60_000}&to=${now + 1000}`);
    },
    alerts: () => json<Alerts>("/api/alerts"),
    async alert(rule: string, target?: string) {
      const { open } = await json<Alerts>("/api/alerts");
      return open.find((alert) => alert.rule === rule && (target ?? alert.target) === alert.target);
    },
    silence: (request: SilenceRequest) =>
      get("/api/silences", {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(request),
      }),
  };
}

export interface Folder extends Disposable {
  readonly path: string;
  file(name: string): string;
}

export function createFolder(): Folder {
  const path = mkdtempSync(join(tmpdir(), "orch-watchdog-test-"));
  return {
    path,
    file: (name) => join(path, name),
    [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }),
  };
}
