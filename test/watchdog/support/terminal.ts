/** Runs a program on its own terminal, through util-linux's `script`. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { readlinkSync } from "node:fs";
import { environment } from "../../support/program.ts";

export interface OnTerminal extends AsyncDisposable {
  /** The id of the program's process. */
  pid(): number;
  /** The lines of the last frame, without styles. */
  screen(): string;
  /** Everything that the program wrote. */
  output(): string;
  type(keys: string): void;
  resize(rows: number, columns: number): void;
  /** Resolves when the program has ended, with its exit code and the output of `stty -a` after it. */
  ended(): Promise<{ readonly code: number; readonly settings: string }>;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are removed
const STYLES = /\x1b\[[\d;?]*[A-Za-z]|\r/g;

const SHELL = `stty rows 24 cols 80; sh -c 'echo "pid $$"; exec "$0" "$@"' "$@"; echo "code $?"; stty -a`;

export function startOnTerminal(command: readonly string[], env: Record<string, string> = {}): OnTerminal {
  const quoted = ["sh", "-c", SHELL, "sh", ...command].map((word) => `'${word.replaceAll("'", "'\\''")}'`);
  const child: ChildProcess = spawn("script", ["-qfec", quoted.join(" "), "/dev/null"], {
    env: environment({ TERM: "xterm-256color", ...env }),
    stdio: ["pipe", "pipe", "inherit"],
  });
  const closed = once(child, "close");
  let output = "";
  child.stdout?.setEncoding("utf8").on("data", (text) => (output += text));
  const pid = () => Number(/pid (\d+)/.exec(output)?.[1]);
  return {
    pid,
    output: () => output,
    screen: () => (output.split("\x1b[H").at(-1) ?? "").replace(STYLES, ""),
    type: (keys) => void child.stdin?.write(keys),
    resize(rows, columns) {
      const terminal = readlinkSync(`/proc/${pid()}/fd/0`);
      execFileSync("stty", ["-F", terminal, "rows", String(rows), "cols", String(columns)]);
    },
    async ended() {
      await closed;
      const [, code = "", settings = ""] = /code (\d+)\s([\s\S]*)$/.exec(output) ?? [];
      return { code: Number(code), settings };
    },
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await closed;
    },
  };
}
