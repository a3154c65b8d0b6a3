/** Starts the watchdog over the demo's service as a process of its own, as its user would, and stops it without a trace. */
import { fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";

export interface DemoWatchdog extends AsyncDisposable {
  /** Of its page; absent: it did not start, and `fault` says why. */
  readonly url?: string;
  readonly fault?: string;
  /** Resolves with what it said last when a watchdog that listened ends without being told to. */
  readonly ended?: Promise<string>;
}

const SUFFIX = import.meta.url.endsWith(".ts") ? ".ts" : ".js";
const SCRIPT = new URL(`./watchdog-process${SUFFIX}`, import.meta.url);
const THRESHOLDS = new URL("./thresholds.yaml", import.meta.url).pathname;
const POLL_SECONDS = 1;

/** `directory` is where its history goes; `port` that of the page, 0 for any free one. Resolves when it listens or ended. */
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
    // A group of its own, so that a Ctrl-C in the terminal reaches it through the demo alone.
    { detached: true, stdio: ["ignore", "ignore", "pipe", "ipc"] },
  );
  const output = child.stderr as NodeJS.ReadableStream;
  // "close" does not come once this side has let go of the channel.
  const closed = Promise.all([once(child, "exit"), once(output, "close")]);
  let said = "";
  const words = () =>
    said.trim() || `it ended by itself (${child.signalCode ?? `exit code ${child.exitCode}`})`;
  const url = await new Promise<string | undefined>((resolve) => {
    void closed.then(() => resolve(undefined));
    createInterface({ input: output }).on("line", (line) => {
      const listening = /"url":"(http:[^"]+)"/.exec(line);
      if (listening) resolve(listening[1]);
      // Its log is JSON; anything else is why it cannot go on, and its --port has another name here.
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
