/** Starts the demo's orchestrator as a process of its own, as a real one is, and stops it without a trace. */
import { fork } from "node:child_process";
import { once } from "node:events";

export interface DemoOrchestrator extends AsyncDisposable {
  readonly databasePath: string;
  /** Ends the orchestrator and all its agents. */
  stop(): Promise<void>;
}

const SCRIPT = new URL(`./process${import.meta.url.endsWith(".ts") ? ".ts" : ".js"}`, import.meta.url);

/** `directory` is an existing folder of the demo's own: the database and the logs go there. */
export async function startOrchestrator({
  directory,
  tickMilliseconds = 250,
}: {
  readonly directory: string;
  readonly tickMilliseconds?: number;
}): Promise<DemoOrchestrator> {
  const child = fork(SCRIPT, [directory, String(tickMilliseconds)], {
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  const ended = once(child, "exit");
  const databasePath = await Promise.race([
    once(child, "message").then(([path]) => path as string),
    ended.then(([code]) => {
      throw new Error(`the demo's orchestrator ended with ${code} before it was ready`);
    }),
  ]);
  const stop = async () => {
    if (child.connected) child.disconnect();
    await ended;
  };
  return { databasePath, stop, [Symbol.asyncDispose]: stop };
}
