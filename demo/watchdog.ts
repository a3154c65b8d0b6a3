/** Starts the watchdog for the demo's service as a separate process, and stops it without leaving anything behind. */
import { fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";

export interface DemoWatchdog extends AsyncDisposable {
  /** The page's address. Undefined if the watchdog did not start, for the reason in `fault`. */
  readonly url?: string;
  readonly fault?: string;
  /** Resolves with the last output if a watchdog that has started ends unexpectedly. */
  readonly ended?: Promise<string>;
}

const SUFFIX = import.meta.url.endsWith(".ts") ? ".ts" : ".js";
const SCRIPT = new URL(`./watchdog-process${SUFFIX}`, import.meta.url);
const THRESHOLDS = new URL("./thresholds.yaml", import.meta.url).pathname;
const POLL_SECONDS = 1;

/** `directory` receives the history. `port` is the page's port, 0 for any free one. Resolves when it listens or has ended. */
export async function startWatchdog({
  directory,
  service,
  port,
}: {
  readonly directory: string;
  readonly service: string;
  readonly port: number;
}): Promise<DemoWatchdog> {
  const flags = {
    target: `demo=${service}`,
    thresholds: THRESHOLDS,
    history: join(directory, "watchdog.db"),
    port: String(port),
    "poll-seconds": String(POLL_SECONDS),
  };
  const child = fork(
    SCRIPT,
    Object.entries(flags).map(([name, value]) => `--${name}=${value}`),
    // In its own process group, so that Ctrl-C in the terminal reaches it only through the demo.
    { detached: true, stdio: ["ignore", "ignore", "pipe", "ipc"] },
  );
  const output = child.stderr as NodeJS.ReadableStream;
  // "close" is not emitted after this side has closed the channel.
  const closed = Promise.all([once(child, "exit"), once(output, "close")]);
  let said = "";
  const words = () =>
    said.trim() || `it ended unexpectedly (${child.signalCode ?? `exit code ${child.exitCode}`})`;
  const url = await new Promise<string | undefined>((resolve) => {
    void closed.then(() => resolve(undefined));
    createInterface({ input: output }).on("line", (line) => {
      const listening = /"url":"(http:[^"]+)"/.exec(line);
      if (listening) resolve(listening[1]);
      // Its log is JSON. Other lines say why it failed. Its --port has another name here.
      if (!line.startsWith("{"))
        said += `${line.replace(/^orch-watchdog: /, "").replace("--port", "--page-port")}\n`;
    });
  });
  let stopping = false;
  const ended = new Promise<string>((resolve) => {
    void closed.then(() => {
      if (!stopping) resolve(words());
    });
  });
  return {
    ...(url === undefined ? { fault: words() } : { url, ended }),
    async [Symbol.asyncDispose]() {
      stopping = true;
      if (child.connected) child.disconnect();
      await closed;
    },
  };
}
