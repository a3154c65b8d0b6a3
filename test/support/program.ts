/** A program of this package as a child process: started, read, stopped, and shown if a test fails. */
import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";
import { once } from "node:events";

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface StartedProgram extends AsyncDisposable {
  /** Its address, from the first log line that has one. */
  readonly url: string;
  readonly child: ChildProcess;
  /** Returns everything it wrote to standard error so far. */
  log(): string;
  /** Sends the signal and resolves with the exit code. */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
}

/**
 * What the programs of the running test wrote to standard error. `show-program-output.ts` prints it if the
 * test fails.
 */
export const programOutputs = new Set<{ readonly name: string; text(): string; ended(): boolean }>();

/** Returns this machine's environment without settings of these programs. */
export function environment(more: Record<string, string> = {}): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith("ORCH_"));
  return { ...Object.fromEntries(inherited), ...more };
}

const hasEnded = ({ exitCode, signalCode }: ChildProcess): boolean =>
  exitCode !== null || signalCode !== null;

function remember(child: ChildProcess, name: string, text: () => string): void {
  programOutputs.add({ name: `${name} (pid ${child.pid})`, text, ended: () => hasEnded(child) });
}

/** Runs a program to its end. */
export async function runToEnd(args: readonly string[], env: Record<string, string> = {}): Promise<Finished> {
  const child = spawn(process.execPath, args, { env: environment(env) });
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (chunk) => (stdout += chunk));
  child.stderr.on("data", (chunk) => (stderr += chunk));
  remember(child, args.slice(0, 2).join(" "), () => stderr);
  await once(child, "close");
  return { code: child.exitCode, stdout, stderr };
}

/** Starts a program and waits until its log shows its address. Rejects if it ends earlier. */
export async function startListening(
  command: string,
  args: readonly string[],
  options: SpawnOptions,
): Promise<StartedProgram> {
  const child = spawn(command, args, { ...options, stdio: ["ignore", "ignore", "pipe"] });
  let log = "";
  remember(child, args.slice(0, 2).join(" "), () => log);
  const url = await new Promise<string>((resolve, reject) => {
    child.stderr?.on("data", (chunk) => {
      log += chunk;
      const listening = /"url":"([^"]+)"/.exec(log);
      if (listening?.[1]) resolve(listening[1]);
    });
    child.once("error", reject);
    child.once("exit", (code, signal) =>
      reject(new Error(`it ended with ${code ?? signal} before it listened: ${log}`)),
    );
  });
  async function stop(signal: NodeJS.Signals = "SIGTERM"): Promise<number | null> {
    if (!hasEnded(child)) {
      const ended = once(child, "exit");
      child.kill(signal);
      await ended;
    }
    return child.exitCode;
  }
  return {
    url,
    child,
    log: () => log,
    stop,
    async [Symbol.asyncDispose]() {
      await stop("SIGKILL");
    },
  };
}
