/** `orch-watchdog` itself, as its user starts it: a child process on a real port, with a history of its own. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Alert, Alerts, Fleet, Series, Target, TargetSummary } from "../../../watchdog/api.ts";

const PROGRAM = new URL("../../../bin/orch-watchdog.js", import.meta.url).pathname;

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface LogLine {
  readonly msg: string;
  readonly fault?: string;
  readonly alert?: { readonly rule: string; readonly state: string; readonly target: string };
}

export interface RunningWatchdog extends AsyncDisposable {
  readonly url: string;
  readonly child: ChildProcess;
  log(): readonly LogLine[];
  get(path: string, init?: RequestInit): Promise<Response>;
  fleet(): Promise<Fleet>;
  summary(name: string): Promise<TargetSummary>;
  target(name: string): Promise<Target>;
  /** Of the last minutes. */
  series(name: string, minutes?: number): Promise<Series>;
  alerts(): Promise<Alerts>;
  /** The open alert of a rule; undefined: none. */
  alert(rule: string, target?: string): Promise<Alert | undefined>;
  silence(fingerprint: string, seconds: number): Promise<Response>;
  stop(signal?: NodeJS.Signals): Promise<number | null>;
}

function environment(more: Record<string, string>): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith("ORCH_"));
  return { ...Object.fromEntries(inherited), ...more };
}

/** Runs it to its end. */
export async function runWatchdog(
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

/** Starts it on a free port, reading twice a second, and waits until it listens. */
export async function startWatchdog(
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<RunningWatchdog> {
  const child = spawn(process.execPath, [PROGRAM, "--port", "0", "--poll-seconds", "0.5", ...args], {
    env: environment(env),
    stdio: ["ignore", "ignore", "pipe"],
  });
  let log = "";
  const url = await new Promise<string>((resolve, reject) => {
    child.stderr?.on("data", (chunk) => {
      log += chunk;
      const listening = /"url":"(http:[^"]+)"/.exec(log);
      if (listening?.[1]) resolve(listening[1]);
    });
    child.once("exit", (code) => reject(new Error(`ended with ${code} before it listened: ${log}`)));
  });
  const get = (path: string, init?: RequestInit) => fetch(url + path, init);
  const json = async <T>(path: string) => (await (await get(path)).json()) as T;
  const end = async (signal: NodeJS.Signals) => {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill(signal);
      await once(child, "exit");
    }
    return child.exitCode;
  };
  return {
    url,
    child,
    log: () =>
      log
        .split("\n")
        .filter((line) => line.startsWith("{"))
        .map((line) => JSON.parse(line) as LogLine),
    get,
    fleet: () => json<Fleet>("/api/fleet"),
    async summary(name) {
      const found = (await json<Fleet>("/api/fleet")).targets.find((target) => target.name === name);
      if (!found) throw new Error(`no target ${name}`);
      return found;
    },
    target: (name) => json<Target>(`/api/targets/${name}`),
    series(name, minutes = 5) {
      const now = Date.now();
      return json<Series>(`/api/targets/${name}/series?from=${now - minutes * 60_000}&to=${now + 1000}`);
    },
    alerts: () => json<Alerts>("/api/alerts"),
    async alert(rule, target) {
      const { open } = await json<Alerts>("/api/alerts");
      return open.find((alert) => alert.rule === rule && (target ?? alert.target) === alert.target);
    },
    silence: (fingerprint, seconds) =>
      get("/api/silences", {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ fingerprint, seconds }),
      }),
    stop: (signal = "SIGTERM") => end(signal),
    async [Symbol.asyncDispose]() {
      await end("SIGKILL");
    },
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
