/** Starts the service or the watchdog as a child process, reads its log, and stops it. */
import { fork } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { OperatorError, UsageError } from "../../shared/operator-error.ts";
import type { Config } from "../settings.ts";

export interface ChildProgram {
  readonly url: string;
  /** Resolves with its error message when it ends without being stopped. */
  readonly ended: Promise<string>;
  readonly stop: () => Promise<void>;
}

export interface ChildOptions {
  readonly program: "service" | "watchdog";
  /** For the watchdog. */
  readonly flags?: Readonly<Record<string, string>>;
  /** For the service. */
  readonly config?: Config;
  readonly env?: NodeJS.ProcessEnv;
  /** Receives each line of its log, which is JSON. */
  readonly onLog?: (line: string) => void;
}

const SCRIPT = new URL(`./child${import.meta.url.endsWith(".ts") ? ".ts" : ".js"}`, import.meta.url);

/** More than either program takes to stop, unless it hangs. */
const PATIENCE_MILLISECONDS = 8_000;

/** Resolves when it listens. Rejects with an OperatorError that has its error message if it ends before. */
export async function startChild(options: ChildOptions): Promise<ChildProgram> {
  const { program, flags = {}, config, env = process.env, onLog } = options;
  const given = Object.entries(flags).map(([name, value]) => `--${name}=${value}`);
  // A group of its own, so that a Ctrl-C in the terminal reaches it through its parent alone.
  const stdio = ["ignore", "ignore", "pipe", "ipc"] as const;
  const child = fork(SCRIPT, [program, ...given], { detached: true, env, stdio: [...stdio] });
  // If it ended already, its exit says so.
  if (config) child.send(config, () => {});
  const output = child.stderr as Readable;
  // "close" is not emitted after this side has closed the channel.
  const closed = Promise.all([once(child, "exit"), once(output, "close")]);
  const said: string[] = [];
  const words = () =>
    said.join("\n") || `it ended unexpectedly (${child.signalCode ?? `exit code ${child.exitCode}`})`;
  const url = await new Promise<string | undefined>((resolve) => {
    void closed.then(() => resolve(undefined));
    createInterface({ input: output }).on("line", (line) => {
      const [, listening] = /"url":"(http:[^"]+)"/.exec(line) ?? [];
      if (listening) resolve(listening);
      if (/^\{"level":.*\}$/.test(line)) onLog?.(line);
      // An error message. The watchdog's --port has another name here.
      else if (program === "service") said.push(line.replace(/^orch-metrics: /, ""));
      else said.push(line.replace(/^orch-watchdog: /, "").replace("--port", "--page-port"));
    });
  });
  if (url === undefined) throw new (child.exitCode === 2 ? UsageError : OperatorError)(words());
  let stopping = false;
  return {
    url,
    ended: new Promise((resolve) => {
      void closed.then(() => {
        if (!stopping) resolve(words());
      });
    }),
    async stop() {
      stopping = true;
      if (child.connected) child.disconnect();
      const impatient = setTimeout(() => child.kill("SIGKILL"), PATIENCE_MILLISECONDS);
      await closed;
      clearTimeout(impatient);
    },
  };
}
