/** Starts Debian's Prometheus or Alertmanager, and waits for the log line with its address. */
import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";

export interface ListeningServer {
  readonly child: ChildProcess;
  /** For example `127.0.0.1:9090`. */
  readonly address: string;
}

/** Rejects with the last lines if the program ends before it listens. */
export async function startListening(command: string, args: readonly string[]): Promise<ListeningServer> {
  const child = spawn(command, args, { stdio: ["ignore", "ignore", "pipe"] });
  process.once("exit", () => child.kill("SIGKILL"));
  const lastLines: string[] = [];
  // Read to the end: a server with an unread log blocks.
  const lines = createInterface({ input: child.stderr });
  const address = await new Promise<string>((resolve, reject) => {
    lines.on("line", (line) => {
      const [, found] = /"Listening on" address=(\S+)/.exec(line) ?? [];
      if (found) resolve(found);
      lastLines.push(line);
      if (lastLines.length > 5) lastLines.shift();
    });
    child.once("error", reject);
    child.once("close", () => reject(new Error(`${command} ended: ${lastLines.join("\n")}`)));
  });
  return { child, address };
}
