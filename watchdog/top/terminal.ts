/** The terminal while a full-screen program has it: its alternate screen, its keys, and how it is given back. */
import { emitKeypressEvents } from "node:readline";
import type { Key } from "./keys.ts";

/** The alternate screen, no cursor, no wrapping of a line that turns out too wide. */
const ENTER = "\x1b[?1049h\x1b[?25l\x1b[?7l";
const LEAVE = "\x1b[?7h\x1b[?25h\x1b[?1049l";

export interface Terminal {
  readonly size: { readonly columns: number; readonly rows: number };
  draw(lines: readonly string[]): void;
  /** Lends the terminal to another program while `work` runs. */
  lend<T>(work: () => Promise<T>): Promise<T>;
  close(): void;
}

/** Takes the terminal, and gives it back at the exit of the process if nobody does before. */
export function openTerminal(on: {
  readonly key: (key: Key) => void;
  readonly resized: () => void;
}): Terminal {
  const { stdin, stdout } = process;
  let isOurs = false;
  function take(): void {
    isOurs = true;
    stdin.setRawMode(true).resume();
    stdout.write(ENTER);
  }
  function giveBack(): void {
    if (!isOurs) return;
    isOurs = false;
    // A terminal that was closed takes neither.
    if (!stdin.destroyed) stdin.setRawMode(false).pause();
    stdout.write(LEAVE);
  }
  const keypress = (_: string, key: Key) => on.key(key);
  emitKeypressEvents(stdin);
  stdin.on("keypress", keypress);
  stdout.on("resize", on.resized);
  process.once("exit", giveBack);
  take();
  return {
    get size() {
      const { columns = 80, rows = 24 } = stdout;
      return { columns, rows };
    },
    draw(lines) {
      // They fill the screen. To erase the rest of a full line would erase its last cell.
      if (isOurs) stdout.write(`\x1b[H${lines.join("\r\n")}`);
    },
    async lend(work) {
      giveBack();
      try {
        return await work();
      } finally {
        take();
      }
    },
    close() {
      stdin.off("keypress", keypress);
      stdout.off("resize", on.resized);
      giveBack();
    },
  };
}
